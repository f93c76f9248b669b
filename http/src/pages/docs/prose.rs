//! The few marks of CommonMark that our own texts use: paragraphs, `**bold**` and `` `code` ``.

use maud::{Markup, html};

/// Paragraphs, parted by empty lines.
pub fn blocks(text: &str) -> Markup {
    html! {
        @for block in text.split("\n\n").filter(|block| !block.trim().is_empty()) {
            p { (inline(block)) }
        }
    }
}

/// One paragraph's inside.
pub fn inline(text: &str) -> Markup {
    // What stands between two marks of a kind has an odd place.
    html! {
        @for (place, part) in text.split('`').enumerate() {
            @if place % 2 == 1 { code { (part) } } @else { (bold(part)) }
        }
    }
}

fn bold(text: &str) -> Markup {
    html! {
        @for (place, part) in text.split("**").enumerate() {
            @if place % 2 == 1 { strong { (part) } } @else { (part) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_elements_and_everything_else_is_text() {
        let text = "**Money.** Send `<b>` & `a**b`.\n\nAgain";
        let expected = "<p><strong>Money.</strong> Send <code>&lt;b&gt;</code> &amp; \
                        <code>a**b</code>.</p><p>Again</p>";
        assert_eq!(blocks(text).into_string(), expected);
    }
}
