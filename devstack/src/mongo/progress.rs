//! Telling what takes long.

use std::time::Duration;

const REMINDER: Duration = Duration::from_secs(10);

/// Is told in a few words what is being done, whenever something may take long.
pub type Progress<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// Says again and again that the work goes on.
pub(crate) async fn with_reminder<T>(
    work: impl Future<Output = T>,
    name: &str,
    doing: &str,
    progress: Progress<'_>,
) -> T {
    let mut work = std::pin::pin!(work);
    let mut seconds = 0;
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = tokio::time::sleep(REMINDER) => {
                seconds += REMINDER.as_secs();
                progress(&format!("{name}: still {doing} ({seconds} s)"));
            }
        }
    }
}
