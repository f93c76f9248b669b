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

/// The classes of status that are ever answered.
const CLASSES: [(u16, &str); 3] = [(2, "2xx"), (4, "4xx"), (5, "5xx")];

struct Row {
    /// By the first digit of the status: see [`CLASSES`].
    answered: [Counter; 3],
    took_s: Histogram,
}

impl Meters {
    /// A row for each endpoint of the table.
    pub fn new(table: &Table) -> Meters {
        let row = |method: &str, pattern: &'static str| Row {
            answered: CLASSES.map(|(_, class)| {
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
        let class = status.as_u16() / 100;
        let counters = CLASSES.iter().zip(&row.answered);
        counters.filter(|((digit, _), _)| *digit == class).for_each(|(_, counter)| {
            counter.increment(1);
        });
        row.took_s.record(took.as_secs_f64());
    }
}
