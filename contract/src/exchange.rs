//! One request and its answer, whoever sent it.

/// What was sent and what came back.
#[derive(Debug, Clone, Default)]
pub struct Exchange {
    pub method: String,
    /// Without the query.
    pub path: String,
    pub content_type: String,
    pub request: Vec<u8>,
    pub status: u16,
    /// Of the answer.
    pub headers: Vec<(String, String)>,
    pub answer: String,
    pub except: Exceptions,
}

/// What is not held against the document. Whoever makes the exchange says why.
#[derive(Debug, Clone, Copy, Default)]
pub struct Exceptions {
    /// The body that was sent: no client should send such a one, but it is taken.
    pub request: bool,
    /// The body of a success: it shows values that the database should not hold.
    pub success: bool,
}

impl Exchange {
    /// The exchange as it went over the wire; `None` where one of the two is no whole HTTP.
    pub fn of_bytes(request: &[u8], answer: &[u8]) -> Option<Exchange> {
        let (sent, came) = (Message::read(request)?, Message::read(answer)?);
        let mut words = sent.first.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?);
        let content_type = sent.headers.iter().find(|(name, _)| name == "content-type");
        Some(Exchange {
            method,
            path: target.split('?').next().unwrap_or_default().to_owned(),
            content_type: content_type.map(|(_, value)| value.clone()).unwrap_or_default(),
            request: sent.body.to_vec(),
            status: came.first.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?,
            headers: came.headers,
            answer: String::from_utf8_lossy(came.body).into_owned(),
            except: Exceptions::default(),
        })
    }

    /// The values of a header of the answer.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let own = |(known, _): &&(String, String)| known.eq_ignore_ascii_case(name);
        self.headers.iter().filter(own).map(|(_, value)| value.as_str()).collect()
    }

    /// The media type of the answer, without its parameters.
    pub fn media_type(&self) -> Option<String> {
        media_type(self.header("content-type").first()?)
    }

    /// The same of the request.
    pub fn sent_media_type(&self) -> Option<String> {
        media_type(&self.content_type)
    }
}

fn media_type(value: &str) -> Option<String> {
    let kind = value.split(';').next()?.trim().to_lowercase();
    (!kind.is_empty()).then_some(kind)
}

/// First line, headers with names in lower case, body.
struct Message<'a> {
    first: String,
    headers: Vec<(String, String)>,
    body: &'a [u8],
}

impl Message<'_> {
    fn read(bytes: &[u8]) -> Option<Message<'_>> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(bytes.get(..end)?).into_owned();
        let mut lines = head.split("\r\n");
        let first = lines.next()?.to_owned();
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned()));
        let headers = headers.collect();
        Some(Message { first, headers, body: bytes.get(end + 4..)? })
    }
}
