//! Reading JSON (RFC 8259), strictly: no duplicate key, no sloppy number, nothing after the end.

use super::Json;
use crate::failure::{Failure, Told};

/// The grammar of RFC 8259: sign, whole part without leading zeros, fraction, exponent.
fn is_number(token: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = token.strip_prefix('-').unwrap_or(token);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    digits(whole) && digits(fraction) && digits(exponent) && !leading_zero
}

/// A place in a text.
pub(super) struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    /// At the start of `text`.
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The one value that the whole text is.
    pub(super) fn document(mut self) -> Told<Json> {
        let value = self.value()?;
        self.spaces();
        if self.at == self.text.len() { Ok(value) } else { Err(self.wrong("one document")) }
    }

    fn wrong(&self, wanted: &str) -> Failure {
        Failure::new(format!("not JSON: wanted {wanted} at byte {} of {}", self.at, self.text))
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn spaces(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    fn takes(&mut self, token: &str) -> bool {
        let there = self.rest().starts_with(token);
        if there {
            self.at += token.len();
        }
        there
    }

    fn value(&mut self) -> Told<Json> {
        self.spaces();
        for (word, value) in
            [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))]
        {
            if self.takes(word) {
                return Ok(value);
            }
        }
        match self.rest().bytes().next() {
            Some(b'"') => self.string().map(Json::Text),
            Some(b'[') => self.array(),
            Some(b'{') => self.object(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) | None => Err(self.wrong("a value")),
        }
    }

    fn number(&mut self) -> Told<Json> {
        let len = self
            .rest()
            .find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'))
            .unwrap_or(self.rest().len());
        let token = self.rest()[..len].to_owned();
        if !is_number(&token) {
            return Err(self.wrong("a number"));
        }
        self.at += len;
        Ok(Json::Number(token))
    }

    fn array(&mut self) -> Told<Json> {
        self.takes("[");
        let mut items = Vec::new();
        self.spaces();
        while !self.takes("]") {
            if !items.is_empty() && !self.takes(",") {
                return Err(self.wrong("`,` or `]`"));
            }
            items.push(self.value()?);
            self.spaces();
        }
        Ok(Json::List(items))
    }

    fn object(&mut self) -> Told<Json> {
        self.takes("{");
        let mut members: Vec<(String, Json)> = Vec::new();
        self.spaces();
        while !self.takes("}") {
            if !members.is_empty() && !self.takes(",") {
                return Err(self.wrong("`,` or `}`"));
            }
            self.spaces();
            let key = self.string()?;
            self.spaces();
            if !self.takes(":") || members.iter().any(|(known, _)| *known == key) {
                return Err(self.wrong("a key of its own and `:`"));
            }
            members.push((key, self.value()?));
            self.spaces();
        }
        Ok(Json::Object(members))
    }

    fn string(&mut self) -> Told<String> {
        if !self.takes("\"") {
            return Err(self.wrong("a string"));
        }
        let mut out = String::new();
        loop {
            let Some(c) = self.rest().chars().next() else { return Err(self.wrong("`\"`")) };
            self.at += c.len_utf8();
            match c {
                '"' => return Ok(out),
                '\\' => out.push(self.escape()?),
                c if c < ' ' => return Err(self.wrong("no control character")),
                c => out.push(c),
            }
        }
    }

    fn escape(&mut self) -> Told<char> {
        for (mark, meant) in [
            ("n", '\n'),
            ("t", '\t'),
            ("r", '\r'),
            ("b", '\u{8}'),
            ("f", '\u{c}'),
            ("/", '/'),
            ("\\", '\\'),
            ("\"", '"'),
        ] {
            if self.takes(mark) {
                return Ok(meant);
            }
        }
        if !self.takes("u") {
            return Err(self.wrong("an escape"));
        }
        let high = self.hex4()?;
        if !(0xd800..0xdc00).contains(&high) {
            return char::from_u32(high).ok_or_else(|| self.wrong("a character"));
        }
        let low = if self.takes("\\u") { self.hex4()? } else { 0 };
        let code = 0x1_0000 + ((high - 0xd800) << 10) + low.wrapping_sub(0xdc00);
        char::from_u32(code).ok_or_else(|| self.wrong("a surrogate pair"))
    }

    fn hex4(&mut self) -> Told<u32> {
        let digits = self.rest().get(..4).ok_or_else(|| self.wrong("four hex digits"))?;
        let code = u32::from_str_radix(digits, 16)?;
        self.at += 4;
        Ok(code)
    }
}
