//! The routes, and what every answer passes on its way out.

use super::{answer, cors, drain, envelope, incoming, request_log, routes};
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, middleware};

/// Matching is exact: letter case counts, and a trailing slash makes another path.
///
/// `standalone` adds what a stack without Rocket.Chat needs.
pub fn configure(services: &mut ServiceConfig, standalone: bool) {
    // The last one is the outermost.
    let mut api = web::scope("")
        .wrap(middleware::from_fn(answer::finish))
        .wrap(middleware::from_fn(cors::apply))
        .wrap(middleware::from_fn(request_log::write))
        .wrap(middleware::from_fn(incoming::bound))
        .wrap(middleware::from_fn(drain::close_connections))
        .configure(routes::beside_rocket_chat);
    if standalone {
        api = api.configure(routes::instead_of_rocket_chat);
    }
    services.service(api.default_service(web::to(not_found)));
}

/// Unknown routes and wrong methods look alike in the original.
async fn not_found() -> HttpResponse {
    HttpResponse::NotFound().content_type(envelope::TEXT).body("404 Not Found")
}
