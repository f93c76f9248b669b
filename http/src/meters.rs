//! Counts and durations of requests, one row per endpoint, registered once at the start.

use crate::table::Table;
use metrics::{Counter, Histogram};
use std::time::Duration;
use warp::http::StatusCode;

/// The meters of every endpoint, and of requests that found none.
pub struct Meters {
    rows: Vec<Row>,
    nowhere: Row,
}

struct Row {
    /// By the first digit of the status, 1 to 5.
    answered: [Counter; 5],
    took_s: Histogram,
}

impl Meters {
    /// A row for each endpoint of the table.
    pub fn new(table: &Table) -> Meters {
        let row = |method: &str, pattern: &'static str| Row {
            answered: std::array::from_fn(|class| {
                let class = format!("{}xx", class + 1);
                let method = method.to_owned();
                metrics::counter!(
                    "http_requests_total",
                    "method" => method, "path" => pattern, "status" => class
                )
            }),
            took_s: metrics::histogram!(
                "http_request_duration_seconds",
                "method" => method.to_owned(), "path" => pattern
            ),
        };
        let endpoints = table.endpoints().iter();
        Meters {
            rows: endpoints.map(|row_of| row(row_of.method.as_str(), row_of.pattern)).collect(),
            nowhere: row("any", "none"),
        }
    }

    /// Counts one answer of the endpoint at that place.
    pub fn count(&self, place: Option<usize>, status: StatusCode, took: Duration) {
        let row = place.and_then(|place| self.rows.get(place)).unwrap_or(&self.nowhere);
        let class = usize::from(status.as_u16() / 100);
        if let Some(counter) = class.checked_sub(1).and_then(|class| row.answered.get(class)) {
            counter.increment(1);
        }
        row.took_s.record(took.as_secs_f64());
    }
}
