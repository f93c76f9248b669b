//! The frame of every page: head, headers, assets. No inline code, nothing from third parties.

use crate::answer::Answer;
use maud::{DOCTYPE, Markup, html};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;
use warp::http::StatusCode;

/// Everything from ourselves, nothing inline, nobody may frame it: a customer who sees our address
/// sees our page.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
    img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

/// A file that pages load, under a name that changes with its content.
pub struct Asset {
    /// The bytes.
    pub content: &'static str,
    /// What they are.
    pub media_type: &'static str,
    path: &'static str,
    version: LazyLock<String, fn() -> String>,
}

/// The look of the checkout.
pub static STYLE: Asset = Asset {
    content: include_str!("checkout.css"),
    media_type: "text/css; charset=utf-8",
    path: "/assets/checkout.css",
    version: LazyLock::new(|| version(include_str!("checkout.css"))),
};

/// What makes the checkout live.
pub static SCRIPT: Asset = Asset {
    content: include_str!("checkout.js"),
    media_type: "text/javascript; charset=utf-8",
    path: "/assets/checkout.js",
    version: LazyLock::new(|| version(include_str!("checkout.js"))),
};

/// The look of the documentation.
pub static DOCS_STYLE: Asset = Asset {
    content: include_str!("docs.css"),
    media_type: "text/css; charset=utf-8",
    path: "/assets/docs.css",
    version: LazyLock::new(|| version(include_str!("docs.css"))),
};

/// The sign in the browser's tab.
pub static ICON: Asset = Asset {
    content: include_str!("icon.svg"),
    media_type: "image/svg+xml",
    path: "/assets/icon.svg",
    version: LazyLock::new(|| version(include_str!("icon.svg"))),
};

fn version(content: &str) -> String {
    hex::encode(&Sha256::digest(content)[..6])
}

impl Asset {
    fn href(&self) -> String {
        format!("{}?v={}", self.path, *self.version)
    }

    /// The file itself: never changes under its name.
    pub fn answer(&self) -> Answer {
        Answer::bytes(StatusCode::OK, self.media_type, self.content)
            .with_static("cache-control", "public, max-age=31536000, immutable")
    }
}

/// A whole page.
pub struct Page {
    /// What the tab says.
    pub title: String,
    /// The style sheet that it loads.
    pub style: &'static Asset,
    /// Whether it loads the script.
    pub live: bool,
    /// Seconds after which a browser without JavaScript loads it again.
    pub reload_s: Option<u32>,
    /// What stands in it.
    pub main: Markup,
}

impl Page {
    /// The page as an answer, never kept by caches.
    pub fn answer(self, status: StatusCode) -> Answer {
        Page::ready(status, self.text())
    }

    /// The page as it goes over the wire.
    pub fn text(self) -> String {
        self.markup().into_string()
    }

    /// The answer that carries a page's text.
    pub fn ready(status: StatusCode, text: impl Into<bytes::Bytes>) -> Answer {
        Answer::bytes(status, "text/html; charset=utf-8", text)
            .with_static("content-security-policy", CONTENT_SECURITY_POLICY)
            .with_static("referrer-policy", "no-referrer")
            .with_static("x-frame-options", "DENY")
            .with_static("cache-control", "no-store")
    }

    fn markup(self) -> Markup {
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="robots" content="noindex";
                    title { (self.title) }
                    link rel="icon" type="image/svg+xml" href=(ICON.href());
                    link rel="stylesheet" href=(self.style.href());
                    @if self.live { script src=(SCRIPT.href()) defer {} }
                    @if let Some(seconds) = self.reload_s {
                        noscript { meta http-equiv="refresh" content=(seconds); }
                    }
                }
                body { (self.main) }
            }
        }
    }
}
