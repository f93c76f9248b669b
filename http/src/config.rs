//! What the operator decides about this room. Every bound has a name and a unit.

use crate::cidr::Cidr;
use std::time::Duration;

/// Bounds and addresses of the HTTP server, from the configuration's `[http]`.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// What customers' browsers reach us at, without a slash at the end; begins checkout URLs.
    pub public_url: String,
    /// Peers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Cidr>,
    /// Requests allowed per API key and per address; none in the sandbox.
    pub rate_limit: Option<RateLimit>,
    /// Where webhooks may go although it is no public address; plain `http` is allowed there too.
    pub allow_networks: Vec<Cidr>,
    /// Connections held at once; beyond it the listener waits.
    pub connections_max: usize,
    /// How long a request's head may take to arrive, and a kept connection may stay silent.
    pub header_read_timeout: Duration,
    /// How long a request's body may take to arrive.
    pub body_read_timeout: Duration,
    /// How long a client may leave an answer unread before it is let go.
    pub write_stall_timeout: Duration,
    /// How long requests under way may take once the server has been told to stop.
    pub stop_timeout: Duration,
    /// Live checkout pages held open at once.
    pub streams_max: usize,
}

/// A token bucket: so many requests in a row, so many a second for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests that one key or address is given back each second.
    pub per_second: u32,
    /// Requests that may come at once.
    pub burst: u32,
}

impl Default for RateLimit {
    /// 100 a second, 200 at once.
    fn default() -> Self {
        RateLimit { per_second: 100, burst: 200 }
    }
}

impl HttpConfig {
    /// The bytes that a request's body may have, chunked ones too.
    pub const BODY_BYTES_MAX: usize = 64 * 1024;

    /// The documented defaults under this public address.
    pub fn at(public_url: &str) -> HttpConfig {
        HttpConfig {
            public_url: public_url.trim_end_matches('/').to_owned(),
            trusted_proxies: Vec::new(),
            rate_limit: Some(RateLimit::default()),
            allow_networks: Vec::new(),
            connections_max: 8192,
            header_read_timeout: Duration::from_secs(15),
            body_read_timeout: Duration::from_secs(15),
            write_stall_timeout: Duration::from_secs(30),
            stop_timeout: Duration::from_secs(10),
            streams_max: 2048,
        }
    }
}
