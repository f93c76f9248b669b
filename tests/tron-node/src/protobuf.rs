//! As much of protobuf as TRON's transactions and block headers need, read and written by hand.

/// Bytes that are no message.
#[derive(Debug, PartialEq, Eq)]
pub struct Malformed;

/// One field of a message: its number, what it holds, and its own bytes.
pub struct Field<'a> {
    pub number: u64,
    pub held: Held<'a>,
    pub bytes: &'a [u8],
}

/// What a field holds.
pub enum Held<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    /// Four or eight bytes that no message here has.
    Fixed,
}

impl Field<'_> {
    /// Its number as a signed one; it must be a number.
    pub fn signed(&self) -> Result<i64, Malformed> {
        match self.held {
            // Negative numbers are written as their 64 bits.
            Held::Number(number) => Ok(number.cast_signed()),
            Held::Bytes(_) | Held::Fixed => Err(Malformed),
        }
    }

    /// Its bytes; it must hold bytes.
    pub fn held_bytes(&self) -> Result<&[u8], Malformed> {
        match self.held {
            Held::Bytes(bytes) => Ok(bytes),
            Held::Number(_) | Held::Fixed => Err(Malformed),
        }
    }
}

/// All fields of a message, in the order they come.
pub fn fields(bytes: &[u8]) -> Result<Vec<Field<'_>>, Malformed> {
    let mut rest = bytes;
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let begin = rest;
        let tag = varint(&mut rest)?;
        let held = match tag & 7 {
            0 => Held::Number(varint(&mut rest)?),
            2 => {
                let length = usize::try_from(varint(&mut rest)?).map_err(|_| Malformed)?;
                Held::Bytes(take(&mut rest, length)?)
            }
            1 => take(&mut rest, 8).map(|_| Held::Fixed)?,
            5 => take(&mut rest, 4).map(|_| Held::Fixed)?,
            _ => return Err(Malformed),
        };
        if tag >> 3 == 0 {
            return Err(Malformed);
        }
        let bytes = &begin[..begin.len() - rest.len()];
        fields.push(Field { number: tag >> 3, held, bytes });
    }
    Ok(fields)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], Malformed> {
    let (taken, after) = rest.split_at_checked(length).ok_or(Malformed)?;
    *rest = after;
    Ok(taken)
}

fn varint(rest: &mut &[u8]) -> Result<u64, Malformed> {
    let mut value = 0;
    for shift in (0..70).step_by(7) {
        let byte = take(rest, 1)?[0];
        if shift == 63 && byte > 1 {
            return Err(Malformed);
        }
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(Malformed)
}

/// A message being written, fields in the order they are added. What is zero or empty is left out,
/// as proto3 wants it.
#[derive(Default)]
pub struct Message(Vec<u8>);

impl Message {
    pub fn number(mut self, field: u64, value: i64) -> Self {
        if value != 0 {
            self.varint(field << 3);
            self.varint(value.cast_unsigned());
        }
        self
    }

    pub fn bytes(self, field: u64, bytes: &[u8]) -> Self {
        if bytes.is_empty() { self } else { self.message(field, bytes) }
    }

    /// A message within, or an item of a list: written even when empty.
    pub fn message(mut self, field: u64, bytes: &[u8]) -> Self {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
        self
    }

    pub fn all(self, field: u64, items: &[Vec<u8>]) -> Self {
        items.iter().fold(self, |message, item| message.message(field, item))
    }

    /// Fields as they came, that nobody here knows.
    pub fn unknown(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub fn end(self) -> Vec<u8> {
        self.0
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}
