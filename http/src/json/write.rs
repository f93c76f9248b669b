//! Strings on their way out (RFC 8259 §7): UTF-8 as it is, `/` unescaped.

use std::fmt::{Display, Write};

/// Appends `text` as a JSON string.
pub fn push_string(out: &mut String, text: &str) {
    out.push('"');
    let plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if text.bytes().all(plain) {
        out.push_str(text);
    } else {
        text.chars().for_each(|character| push_escaped(out, character));
    }
    out.push('"');
}

fn push_escaped(out: &mut String, character: char) {
    match character {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        control if control < ' ' => push(out, format_args!("\\u{:04x}", u32::from(control))),
        plain => out.push(plain),
    }
}

/// Appends `text` as a JSON string, or `null`.
pub fn push_optional(out: &mut String, text: Option<&str>) {
    match text {
        Some(text) => push_string(out, text),
        None => out.push_str("null"),
    }
}

/// Appends whatever prints itself, as it is: exact numbers, ids, times.
pub fn push(out: &mut String, value: impl Display) {
    // Writing to a string cannot fail; a Display of ours that does writes nothing.
    let _ = write!(out, "{value}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_the_same_as_the_domain_writes_them() {
        for text in ["", "a/b", "q\" \\", "zwölf €", "line\nbreak\ttab\u{1}\r", "\u{7f}\u{2028}"]
        {
            let mut out = String::new();
            push_string(&mut out, text);
            assert_eq!(out, cryptopayment_domain::webhook::json_string(text));
        }
    }
}
