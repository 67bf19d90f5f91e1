//! One file per route.

pub mod update_own_basic_info;
