//! The beginning of an endpoint's answer, for the merchant's log: short, and safe to print.

use cryptopayment_domain::webhook::Exchange;

/// What is read for it: a byte can become three (U+FFFD), but is never more than that.
pub(super) const READ_BYTES_MAX: usize = Exchange::ANSWER_BYTES_MAX;

/// The text of these bytes, at most [`Exchange::ANSWER_BYTES_MAX`]: what is no UTF-8 and what is
/// no visible character becomes U+FFFD, but for line ends and tabs. So nothing in it moves a
/// terminal's cursor or turns the direction of writing.
pub(super) fn of(bytes: &[u8]) -> String {
    let mut text = String::new();
    for character in String::from_utf8_lossy(bytes).chars() {
        let shown = if is_safe(character) { character } else { char::REPLACEMENT_CHARACTER };
        if text.len() + shown.len_utf8() > Exchange::ANSWER_BYTES_MAX {
            break;
        }
        text.push(shown);
    }
    text
}

/// Not a control character, and not one of Unicode's invisible marks (bidirectional controls,
/// zero-width, line and paragraph separators, tags).
fn is_safe(character: char) -> bool {
    let invisible = matches!(
        character,
        '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    );
    matches!(character, '\n' | '\t') || (!character.is_control() && !invisible)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_an_answer() {
        let rows: [(&[u8], &str); 7] = [
            (b"", ""),
            (b"ok\n\tdone", "ok\n\tdone"),
            ("zw\u{f6}lf \u{20ac}".as_bytes(), "zw\u{f6}lf \u{20ac}"),
            (b"\x1b[2J\x07\0\x7f", "\u{fffd}[2J\u{fffd}\u{fffd}\u{fffd}"),
            (b"\xff\xfe", "\u{fffd}\u{fffd}"),
            ("a\u{202e}b\u{2028}c".as_bytes(), "a\u{fffd}b\u{fffd}c"),
            ("\u{85}\r".as_bytes(), "\u{fffd}\u{fffd}"),
        ];
        for (bytes, shown) in rows {
            assert_eq!(of(bytes), shown, "{bytes:?}");
        }
    }

    #[test]
    fn it_is_short_whatever_it_is_made_of() {
        for unit in ["x", "\u{20ac}", "\u{1f600}", "\u{1}"] {
            let text = of(unit.repeat(5000).as_bytes());
            assert!(text.len() <= Exchange::ANSWER_BYTES_MAX, "{unit:?}");
            assert!(text.len() > Exchange::ANSWER_BYTES_MAX - 4, "{unit:?}");
        }
        assert!(of(&[0xff; 5000]).len() <= Exchange::ANSWER_BYTES_MAX);
    }
}
