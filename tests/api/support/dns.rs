use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};

const HEADER: usize = 12;
/// Preference 10, host `mail.test`.
const MAIL_SERVER: &[u8] = b"\0\x0A\x04mail\x04test\0";

/// A DNS server with one MX record for each of a few domains. It ends with the process.
pub struct Dns {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Dns {
    /// `with_mail` have a mail server; `without_mail` exist; there are no others.
    pub fn start(with_mail: &'static [&'static str], without_mail: &'static [&'static str]) -> Dns {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let address = socket.local_addr().expect("an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        std::thread::spawn(move || {
            let mut query = [0; 4096];
            while let Ok((length, client)) = socket.recv_from(&mut query) {
                let (name, end) = question(&query[..length]);
                let has_mail = with_mail.contains(&name.as_str());
                let exists = has_mail || without_mail.contains(&name.as_str());
                log.lock().expect("the log").push(name);
                let reply = reply(&query[..end], has_mail, exists);
                socket.send_to(&reply, client).expect("sent");
            }
        });
        Dns { address, asked }
    }

    /// The names that were asked for since the last call, each once.
    pub fn take_asked(&self) -> Vec<String> {
        let mut names = std::mem::take(&mut *self.asked.lock().expect("the log"));
        names.dedup();
        names
    }
}

/// The name that is asked for, and where the question ends.
fn question(query: &[u8]) -> (String, usize) {
    let (mut labels, mut at) = (Vec::new(), HEADER);
    while query[at] != 0 {
        let end = at + 1 + usize::from(query[at]);
        labels.push(String::from_utf8_lossy(&query[at + 1..end]).to_lowercase());
        at = end;
    }
    (labels.join("."), at + 1 + 4)
}

fn reply(query: &[u8], has_mail: bool, exists: bool) -> Vec<u8> {
    let code = if exists { 0 } else { 3 };
    let mut reply = query[..2].to_vec();
    reply.extend([0x81, 0x80 | code, 0, 1, 0, u8::from(has_mail), 0, 0, 0, 0]);
    reply.extend(&query[HEADER..]);
    if has_mail {
        // The name of the question, type MX, class IN, for a minute.
        reply.extend([0xC0, 12, 0, 15, 0, 1, 0, 0, 0, 60, 0]);
        reply.push(u8::try_from(MAIL_SERVER.len()).expect("short"));
        reply.extend(MAIL_SERVER);
    }
    reply
}
