//! What stands for Rocket.Chat: it answers everything, notes what has reached it, and writes a change where it can be
//! counted.

use actix_web::dev::ServerHandle;
use actix_web::http::Method;
use actix_web::web::{self, Bytes, Data, Payload};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use mongodb::Database;
use mongodb::bson::doc;
use serde_json::Value;
use std::sync::{Arc, Mutex};

/// A header of its answers.
pub const MARK: &str = "x-answered-by-the-original";
/// Its collection of changes.
pub const APPLIED: &str = "applied_by_the_original";
/// To the key that RFC 6455 takes for its example, which is the one that the tests send.
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
const BODY: usize = 64 << 20;

/// A request that has reached it.
#[derive(Debug, Clone)]
pub struct Seen {
    pub method: Method,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub length: usize,
}

impl Seen {
    /// All lines of that header, joined as Node does.
    pub fn header(&self, name: &str) -> String {
        let lines = self.headers.iter().filter(|(seen, _)| seen == name);
        lines.map(|(_, value)| value.as_str()).collect::<Vec<_>>().join(", ")
    }
}

pub struct Original {
    pub place: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    server: ServerHandle,
}

struct Shared {
    seen: Arc<Mutex<Vec<Seen>>>,
    database: Database,
}

impl Original {
    pub fn start(database: &Database) -> Original {
        let seen = Arc::default();
        let shared = Data::new(Shared { seen: Arc::clone(&seen), database: database.clone() });
        let app = move || {
            App::new()
                .app_data(shared.clone())
                .app_data(web::PayloadConfig::new(BODY))
                .route("/health", web::get().to(async || "ok"))
                .route("/websocket", web::get().to(echo))
                .default_service(web::to(answer))
        };
        let server = HttpServer::new(app).workers(1).disable_signals().bind("127.0.0.1:0").expect("a port");
        let place = server.addrs()[0].to_string();
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Original { place, seen, server: handle }
    }

    /// What has reached it since the last call, without what proxies ask for by themselves.
    pub fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.seen.lock().expect("the list"))
    }
}

impl Drop for Original {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

async fn answer(request: HttpRequest, body: Bytes, shared: Data<Shared>) -> HttpResponse {
    let headers = request.headers().iter();
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap_or("?").to_owned()));
    shared.seen.lock().expect("the list").push(Seen {
        method: request.method().clone(),
        path: request.path().to_owned(),
        headers: headers.collect(),
        length: body.len(),
    });
    let change: Value = serde_json::from_slice(&body).unwrap_or_default();
    if let Some(bio) = change["data"]["bio"].as_str() {
        let applied = shared.database.collection(APPLIED);
        applied.insert_one(doc! {"bio": bio}).await.expect("written");
    }
    HttpResponse::Ok().insert_header((MARK, "yes")).body("the original")
}

/// A websocket, as far as a proxy can see one.
async fn echo(request: HttpRequest, sent: Payload) -> HttpResponse {
    let asked = request.headers().get("upgrade").and_then(|value| value.to_str().ok());
    if !asked.is_some_and(|asked| asked.eq_ignore_ascii_case("websocket")) {
        return HttpResponse::BadRequest().body("no upgrade");
    }
    HttpResponse::SwitchingProtocols()
        .upgrade("websocket")
        .insert_header(("Sec-WebSocket-Accept", ACCEPT))
        .streaming(sent)
}
