//! Lines and replies over one connection, plain or TLS.

use super::error::{Fault, SmtpError, Step};
use super::reply::{Reply, ReplyLine};
use rustls::pki_types::ServerName;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// Far beyond what any server says: RFC 5321 has 512 bytes for a line.
const LONGEST_LINE: u64 = 8 << 10;
const MOST_LINES: usize = 200;
/// What is written under one deadline.
const BLOCK: usize = 64 << 10;

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

pub(super) struct Wire(BufReader<Box<dyn Stream>>);

impl Wire {
    pub fn new(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Wire {
        Wire(BufReader::new(Box::new(stream)))
    }

    /// The same connection, from here on with TLS. What was received before in plain text counts for nothing, so
    /// there must be nothing.
    pub async fn encrypted(
        self,
        connector: &TlsConnector,
        name: ServerName<'static>,
        patience: Duration,
    ) -> Result<Wire, SmtpError> {
        let fault = |fault| SmtpError::new(Step::Tls, fault);
        if !self.0.buffer().is_empty() {
            return Err(fault(Fault::Failed("it said more than it may before TLS".to_owned())));
        }
        let handshake = connector.connect(name, self.0.into_inner());
        match timeout(patience, handshake).await {
            Ok(Ok(stream)) => Ok(Wire::new(stream)),
            Ok(Err(error)) => Err(fault(Fault::Failed(error.to_string()))),
            Err(_) => Err(fault(Fault::Silent(patience))),
        }
    }

    /// Sends a command and waits for its answer.
    pub async fn command(&mut self, step: Step, line: &str, patience: Duration) -> Result<Reply, SmtpError> {
        // Whatever values the line was made of: it is one command.
        if line.contains(['\r', '\n', '\0']) {
            return Err(SmtpError::new(step, Fault::Unsayable));
        }
        self.write(step, format!("{line}\r\n").as_bytes(), patience).await?;
        self.reply(step, patience).await
    }

    /// Writes it all, so many bytes within the time.
    pub async fn write(&mut self, step: Step, bytes: &[u8], patience: Duration) -> Result<(), SmtpError> {
        for block in bytes.chunks(BLOCK) {
            let written = async {
                self.0.write_all(block).await?;
                self.0.flush().await
            };
            match timeout(patience, written).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return Err(SmtpError::new(step, io_fault(&error))),
                Err(_) => return Err(SmtpError::new(step, Fault::Silent(patience))),
            }
        }
        Ok(())
    }

    /// The next reply, complete within the time.
    pub async fn reply(&mut self, step: Step, patience: Duration) -> Result<Reply, SmtpError> {
        let read = timeout(patience, self.read_reply()).await;
        read.unwrap_or(Err(Fault::Silent(patience))).map_err(|fault| SmtpError::new(step, fault))
    }

    async fn read_reply(&mut self) -> Result<Reply, Fault> {
        let mut lines = Vec::new();
        for _ in 0..MOST_LINES {
            let line = self.read_line().await?;
            // Some servers put empty lines between their replies.
            if lines.is_empty() && line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let line = ReplyLine::parse(&line).ok_or(Fault::NotSmtp)?;
            lines.push(line.text);
            if !line.more {
                return Ok(Reply { code: line.code, lines });
            }
        }
        Err(Fault::NotSmtp)
    }

    async fn read_line(&mut self) -> Result<Vec<u8>, Fault> {
        let mut line = Vec::new();
        let read = (&mut self.0).take(LONGEST_LINE).read_until(b'\n', &mut line).await;
        match read {
            Ok(_) if line.ends_with(b"\n") => Ok(line),
            Ok(read) if u64::try_from(read).is_ok_and(|read| read >= LONGEST_LINE) => Err(Fault::NotSmtp),
            Ok(_) => Err(Fault::Closed),
            Err(error) => Err(io_fault(&error)),
        }
    }
}

fn io_fault(error: &io::Error) -> Fault {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    match error.kind() {
        BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof => Fault::Closed,
        _ => Fault::Failed(error.to_string()),
    }
}
