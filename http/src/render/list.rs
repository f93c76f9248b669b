//! A page of invoices: `{success, invoices:[…], pagination:{…}}`.

use super::invoice::{Shown, push_invoice};
use crate::json::write::push;

/// Invoices on a page.
pub const PER_PAGE: u64 = 20;

/// Where a page lies among all that match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pagination {
    /// Which page, from 1.
    pub page: u64,
    /// How many things match in all.
    pub total: u64,
}

impl Pagination {
    /// `"pagination":{…}`.
    pub fn push(self, out: &mut String) {
        let Pagination { page, total } = self;
        let total_pages = total.div_ceil(PER_PAGE);
        let has_more = page < total_pages;
        push(
            out,
            format_args!(
                "\"pagination\":{{\"page\":{page},\"per_page\":{PER_PAGE},\"total\":{total},\
                 \"total_pages\":{total_pages},\"has_more\":{has_more}}}"
            ),
        );
    }
}

/// A page under construction.
pub struct Page {
    out: String,
    empty: bool,
}

impl Page {
    /// A page without invoices.
    pub fn new() -> Page {
        let mut out = String::with_capacity(16 * 1024);
        out.push_str(r#"{"success":true,"invoices":["#);
        Page { out, empty: true }
    }

    /// Adds the next invoice.
    pub fn add(&mut self, shown: Shown<'_>) {
        if !self.empty {
            self.out.push(',');
        }
        self.empty = false;
        push_invoice(&mut self.out, shown);
    }

    /// The whole answer.
    pub fn finish(mut self, pagination: Pagination) -> String {
        self.out.push_str("],");
        pagination.push(&mut self.out);
        self.out.push('}');
        self.out
    }
}

impl Default for Page {
    fn default() -> Self {
        Page::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_counted_from_one_and_past_the_end_is_empty() {
        let rows = [
            (1, 0, r#""page":1,"per_page":20,"total":0,"total_pages":0,"has_more":false"#),
            (1, 20, r#""page":1,"per_page":20,"total":20,"total_pages":1,"has_more":false"#),
            (1, 21, r#""page":1,"per_page":20,"total":21,"total_pages":2,"has_more":true"#),
            (9, 21, r#""page":9,"per_page":20,"total":21,"total_pages":2,"has_more":false"#),
        ];
        for (page, total, pagination) in rows {
            let text = Page::new().finish(Pagination { page, total });
            let expected =
                format!(r#"{{"success":true,"invoices":[],"pagination":{{{pagination}}}}}"#);
            assert_eq!(text, expected);
        }
    }
}
