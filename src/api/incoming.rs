//! The body on its way in, whatever becomes of the request: a deadline for the whole of it, and what follows an answer
//! that was given before the body had come.
//!
//! A client that sends its whole body before it reads would never see such an answer if the connection were closed at
//! once: what it still sends is read on and thrown away, up to a limit and within the deadline.
//!
//! Nothing is upgraded here. Behind `Upgrade: websocket` the HTTP library takes all that comes for the body: it ends where
//! its declared length says, and the connection with the answer.

use super::Shared;
use super::connection::{Connection, Turn};
use actix_web::Error;
use actix_web::HttpMessage;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap, HeaderValue, TRANSFER_ENCODING, UPGRADE};
use actix_web::http::{ConnectionType, Method};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use futures_util::Stream;
use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::task::yield_now;
use tokio::time::{Sleep, sleep};

/// How much is read on behind an answer.
const THROWN_AWAY: usize = 64 * 1024 * 1024;

/// Sets the deadline of the body, and reads on what the handler leaves of it.
pub async fn bound(
    mut request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<Answer>, Error> {
    let connection = request.conn_data::<Rc<Connection>>().cloned();
    let turn = connection.as_ref().map(Turn::begin);
    let patience = request.app_data::<Data<Shared>>().map(|shared| shared.patience).unwrap_or_default();
    let asks_for_upgrade = request.head().upgrade();
    let endless = is_endless(&request);
    let length = if endless { declared_length(request.headers()).unwrap_or(0) } else { u64::MAX };
    let incoming = match request.take_payload() {
        Payload::None => None,
        payload => Some(Incoming::new(payload, patience.body, length)),
    };
    if let Some(incoming) = &incoming {
        request.set_payload(Payload::Stream { payload: Box::pin(incoming.clone()) });
    }
    let mut response = next.call(request).await?;
    if incoming.as_ref().is_some_and(Incoming::may_have_more) {
        // An answer that nobody had to wait for is there before the library has looked at the body which came together
        // with the head. It would then close the connection.
        yield_now().await;
    }
    // The library would end the connection behind such a request all the same, but not say so.
    if asks_for_upgrade || endless || connection.is_some_and(|connection| connection.is_old()) {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    if let Some(turn) = &turn {
        turn.answer();
    }
    Ok(response.map_body(|_, body| Answer {
        body,
        is_sent: false,
        rest: incoming,
        left: THROWN_AWAY,
        _turn: turn,
    }))
}

/// Whether the library takes the rest of the connection for the body. Framing by chunks wins over an upgrade.
fn is_endless(request: &ServiceRequest) -> bool {
    let headers = request.headers();
    let is_websocket = |value: &HeaderValue| {
        value.to_str().is_ok_and(|value| value.trim().eq_ignore_ascii_case("websocket"))
    };
    let is_chunked = headers.contains_key(TRANSFER_ENCODING);
    let is_upgrade = headers.get_all(UPGRADE).any(is_websocket);
    !is_chunked && (is_upgrade || (request.method() == Method::CONNECT && declared_length(headers).is_none()))
}

fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

/// A body that ends in an error when its time is over. The copies share what has come.
#[derive(Clone)]
struct Incoming(Rc<RefCell<Source>>);

struct Source {
    payload: Payload,
    deadline: Pin<Box<Sleep>>,
    /// Bytes that may come.
    left: u64,
    has_ended: bool,
}

impl Incoming {
    fn new(payload: Payload, patience: Duration, length: u64) -> Incoming {
        let deadline = Box::pin(sleep(patience));
        let source = Source { payload, deadline, left: length, has_ended: length == 0 };
        Incoming(Rc::new(RefCell::new(source)))
    }

    /// Whether nobody has read it to its end.
    fn may_have_more(&self) -> bool {
        !self.0.borrow().has_ended
    }
}

impl Stream for Incoming {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let source = &mut *self.0.borrow_mut();
        if source.has_ended {
            return Poll::Ready(None);
        }
        let item = match Pin::new(&mut source.payload).poll_next(context) {
            Poll::Ready(item) => item,
            Poll::Pending => {
                ready!(source.deadline.as_mut().poll(context));
                Some(Err(PayloadError::Io(io::ErrorKind::TimedOut.into())))
            }
        };
        let item = match item {
            Some(Ok(mut bytes)) => {
                bytes.truncate(usize::try_from(source.left).unwrap_or(usize::MAX));
                source.left -= bytes.len() as u64;
                Some(Ok(bytes))
            }
            item => item,
        };
        source.has_ended = source.left == 0 || !matches!(item, Some(Ok(_)));
        Poll::Ready(item)
    }
}

/// An answer; it is not at its end before the request is.
pub struct Answer {
    body: BoxBody,
    is_sent: bool,
    rest: Option<Incoming>,
    left: usize,
    _turn: Option<Turn>,
}

impl Answer {
    /// Throws away what still comes.
    fn poll_rest(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(rest) = &mut self.rest else { return Poll::Ready(()) };
        while let Some(Ok(piece)) = ready!(Pin::new(&mut *rest).poll_next(context)) {
            let Some(left) = self.left.checked_sub(piece.len()) else { break };
            self.left = left;
        }
        Poll::Ready(())
    }
}

impl MessageBody for Answer {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let answer = self.get_mut();
        if !answer.is_sent {
            let piece = ready!(Pin::new(&mut answer.body).poll_next(context));
            if piece.is_some() {
                return Poll::Ready(piece);
            }
            answer.is_sent = true;
        }
        answer.poll_rest(context).map(|()| None)
    }
}
