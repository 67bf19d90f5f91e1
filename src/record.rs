//! `RC_ACCOUNT_RECORD`: requests of the profile route, in a file for `rc-account compare`. Nothing that is secret or personal
//! reaches it ([`redact`]). What is in it: docs/OPERATIONS.md section 7.

mod redact;
mod stand_in;

use serde_json::json;
use stand_in::StandIns;
use std::fs::{OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// The file grows to this size and no further.
const MOST_BYTES: u64 = 64 << 20;
/// A larger body is not recorded: what is compared is what clients send, not how much can be sent.
const LARGEST_BODY: usize = 16 << 10;
/// Lines that wait to be written. Beyond that they are lost: no request waits for a disk.
const WAITING: usize = 1_000;

/// The headers that belong to a change, as they were sent.
#[derive(Debug, Default)]
pub struct SecondFactor<'a> {
    pub method: Option<&'a str>,
    pub code: Option<&'a str>,
}

/// Takes requests, and has them written by a thread of its own, which ends with it.
pub struct Recorder {
    lines: SyncSender<String>,
    stand_ins: StandIns,
}

impl Recorder {
    /// Goes on with the file where it is there already.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn start(path: &Path) -> io::Result<Recorder> {
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        file.set_permissions(Permissions::from_mode(0o600))?;
        let size = file.metadata()?.len();
        let (lines, received) = sync_channel(WAITING);
        std::thread::Builder::new().name("record".to_owned()).spawn(move || {
            if let Err(error) = write(&mut file, size, MOST_BYTES, &received) {
                tracing::warn!(%error, "RC_ACCOUNT_RECORD: nothing more is recorded");
            }
        })?;
        Ok(Recorder { lines, stand_ins: StandIns::new() })
    }

    /// Records a request of that user. `is_defined`: whether the workspace defines a custom field of that name.
    pub fn note(
        &self,
        user_id: &str,
        second_factor: &SecondFactor<'_>,
        body: &str,
        is_defined: impl Fn(&str) -> bool,
    ) {
        if body.len() > LARGEST_BODY {
            return;
        }
        let Ok(body) = serde_json::from_str(body) else { return };
        let body = redact::body(&self.stand_ins, body, &is_defined);
        let headers = redact::headers(second_factor);
        let line = json!({"user": user_id, "headers": headers, "body": body});
        // Where it cannot be written, nobody waits.
        let _ = self.lines.try_send(format!("{line}\n"));
    }
}

/// Until nobody records any more, or the file is as large as it may be.
fn write(file: &mut impl Write, mut size: u64, most: u64, lines: &Receiver<String>) -> io::Result<()> {
    for line in lines {
        size += line.len() as u64;
        if size > most {
            return Err(io::Error::other("the file is as large as it may be"));
        }
        file.write_all(line.as_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_bounded() {
        let (sender, lines) = sync_channel(10);
        (0..5).for_each(|_| sender.send("12345\n".to_owned()).expect("room"));
        let mut file = Vec::new();
        assert!(write(&mut file, 3, 20, &lines).is_err());
        assert_eq!(file, b"12345\n12345\n");
    }
}
