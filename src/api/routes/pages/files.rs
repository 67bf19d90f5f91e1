//! The files of the page, inside the program: it loads nothing from elsewhere.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH, REFERRER_POLICY,
    X_FRAME_OPTIONS,
};
use actix_web::{HttpRequest, HttpResponse};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// Only what the service itself serves runs, shows and is asked; no form is sent by the browser, and nobody frames it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'none'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'";
/// The viewer of the API's document has its icons in its style sheet, and writes its own HTML.
const VIEWER_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

pub static INDEX: LazyLock<File> =
    LazyLock::new(|| File::new("/", HTML, include_bytes!("static/index.html")));
pub static RESET: LazyLock<File> = LazyLock::new(|| {
    // Its address is a secret.
    File { is_kept: false, ..File::new("/reset-password", HTML, include_bytes!("static/reset.html")) }
});
pub static DOCS: LazyLock<File> = LazyLock::new(|| File {
    policy: VIEWER_POLICY,
    ..File::new("/docs", HTML, include_bytes!("static/docs.html"))
});

/// A file as it is served.
#[derive(Clone)]
pub struct File {
    pub path: &'static str,
    content_type: &'static str,
    content: &'static [u8],
    is_compressed: bool,
    /// Whether browsers may keep it, and ask whether it is still the same.
    is_kept: bool,
    policy: &'static str,
    tag: HeaderValue,
}

/// What the pages load.
pub fn below_the_page() -> Vec<File> {
    let compressed = |file| File { is_compressed: true, ..file };
    vec![
        File::new("/page/api.js", SCRIPT, include_bytes!("static/api.js")),
        File::new("/page/docs.js", SCRIPT, include_bytes!("static/docs.js")),
        File::new("/page/evidence.js", SCRIPT, include_bytes!("static/evidence.js")),
        File::new("/page/hash.js", SCRIPT, include_bytes!("static/hash.js")),
        File::new("/page/page.js", SCRIPT, include_bytes!("static/page.js")),
        File::new("/page/profile.js", SCRIPT, include_bytes!("static/profile.js")),
        File::new("/page/reset.js", SCRIPT, include_bytes!("static/reset.js")),
        File::new("/page/second-factor.js", SCRIPT, include_bytes!("static/second-factor.js")),
        File::new("/page/tokens.js", SCRIPT, include_bytes!("static/tokens.js")),
        File::new("/page/base.css", STYLE, include_bytes!("static/base.css")),
        File::new("/page/style.css", STYLE, include_bytes!("static/style.css")),
        File::new("/page/icon.svg", "image/svg+xml", include_bytes!("static/icon.svg")),
        compressed(File::new(
            "/page/swagger-ui-bundle.js",
            SCRIPT,
            include_bytes!("swagger-ui/swagger-ui-bundle.js.gz"),
        )),
        compressed(File::new("/page/swagger-ui.css", STYLE, include_bytes!("swagger-ui/swagger-ui.css.gz"))),
    ]
}

impl File {
    fn new(path: &'static str, content_type: &'static str, content: &'static [u8]) -> File {
        let tag = format!("\"{}\"", hex::encode(&Sha256::digest(content)[..8]));
        // Hexadecimal digits in quotes are a value.
        let tag = HeaderValue::try_from(tag).unwrap_or_else(|_| HeaderValue::from_static("\"\""));
        File { path, content_type, content, is_compressed: false, is_kept: true, policy: POLICY, tag }
    }

    /// The file, or that the browser has it already.
    pub fn answer(&self, request: &HttpRequest) -> HttpResponse {
        let known = request.headers().get(IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
        let tag = self.tag.to_str().unwrap_or_default();
        let is_known = self.is_kept && known.is_some_and(|known| known.contains(tag));
        let mut answer = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        answer.insert_header(("Content-Security-Policy", self.policy));
        answer.insert_header((REFERRER_POLICY, "no-referrer"));
        answer.insert_header((X_FRAME_OPTIONS, "DENY"));
        answer.insert_header(("Cross-Origin-Resource-Policy", "same-origin"));
        if self.is_kept {
            // Asked again each time, so that page and service are always of one version.
            answer.insert_header((CACHE_CONTROL, "no-cache")).insert_header((ETAG, self.tag.clone()));
        } else {
            answer.insert_header((CACHE_CONTROL, "no-store"));
        }
        if is_known {
            return answer.finish();
        }
        answer.insert_header((CONTENT_TYPE, self.content_type));
        if self.is_compressed {
            answer.insert_header((CONTENT_ENCODING, "gzip"));
        }
        answer.body(self.content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vendored_files_are_those_that_are_written_down() {
        let written = include_str!("swagger-ui/README.md");
        let vendored: Vec<File> = below_the_page().into_iter().filter(|file| file.is_compressed).collect();
        assert_eq!(vendored.len(), 2);
        for file in vendored {
            let digest = hex::encode(Sha256::digest(file.content));
            assert!(written.contains(&digest), "{}: {digest}", file.path);
        }
    }

    /// A script or a style in the page itself would need a weaker policy.
    #[test]
    fn the_pages_hold_no_script_and_no_style() {
        for page in [&*INDEX, &*RESET, &*DOCS] {
            let text = String::from_utf8_lossy(page.content);
            let scripts = text.matches("<script").count();
            assert_eq!(text.matches("></script>").count(), scripts, "{}", page.path);
            assert!(
                !["<style", " style=", " onclick=", "javascript:", "//"]
                    .iter()
                    .any(|part| text.contains(part))
            );
        }
    }
}
