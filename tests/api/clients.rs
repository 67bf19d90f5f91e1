//! Real clients
