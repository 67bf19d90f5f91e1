use mongodb::bson::Document;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

/// Speaks MongoDB's handshake and no more: what a server says of itself that is too old to be had, or of another kind. It
/// ends with the process.
pub struct Handshake {
    pub place: String,
}

const HEADER: usize = 16;
const OP_QUERY: i32 = 2004;
const OP_REPLY: i32 = 1;
const OP_MSG: i32 = 2013;

impl Handshake {
    pub fn start(hello: Document) -> Handshake {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let place = listener.local_addr().expect("an address").to_string();
        let hello = hello.to_vec().expect("BSON");
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let hello = hello.clone();
                std::thread::spawn(move || while answer(&stream, &hello).is_ok() {});
            }
        });
        Handshake { place }
    }
}

fn answer(mut stream: &TcpStream, hello: &[u8]) -> std::io::Result<()> {
    let mut header = [0; HEADER];
    stream.read_exact(&mut header)?;
    let number = |at: usize| i32::from_le_bytes(header[at..at + 4].try_into().expect("four bytes"));
    let mut body = vec![0; usize::try_from(number(0)).unwrap_or(HEADER) - HEADER];
    stream.read_exact(&mut body)?;
    // Of a reply: flags, cursor, start, one document. Of a message: flags, a section of one document.
    let (code, before) = match number(12) {
        OP_QUERY => (OP_REPLY, [&[0; 16][..], &1_i32.to_le_bytes()].concat()),
        _ => (OP_MSG, vec![0; 5]),
    };
    let length = i32::try_from(HEADER + before.len() + hello.len()).expect("short");
    let mut reply = Vec::new();
    for number in [length, 0, number(4), code] {
        reply.extend(number.to_le_bytes());
    }
    reply.extend(before);
    reply.extend(hello);
    stream.write_all(&reply)
}
