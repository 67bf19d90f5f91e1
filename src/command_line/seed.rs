//! `rc-account seed`: a workspace for trying things out, in an empty database.

use super::Ended;
use super::arguments::SeedRelease;
use crate::config::Config;
use crate::store::Store;
use std::io::Write;
use std::process::ExitCode;
use workspace_seed::{Release, introduction};

pub async fn run(release: SeedRelease) -> Ended {
    let config = Config::load()?;
    let store = Store::connect(&config.mongo_url, None).await?;
    let release = match release {
        SeedRelease::Six => Release::Six,
        SeedRelease::Eight => Release::Eight,
    };
    let (workspace, is_new) = store.seed(release, &config.root_url).await?;
    let database = store.database_name();
    let what = if is_new { "is filled with a workspace" } else { "holds that workspace already" };
    let text = format!("database {database} {what}. Who can sign in:\n\n{}", introduction(&workspace));
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
