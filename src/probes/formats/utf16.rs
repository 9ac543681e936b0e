//! Windows' shells write files in UTF-16, and mark them so: what is marked is handed on in UTF-8, all else as it is.

use std::io::{self, Read};

/// The bytes that are decoded at a time.
const BLOCK: usize = 64 << 10;

/// What the input holds, in UTF-8 if it is marked as UTF-16; a mark of UTF-8 is left out.
///
/// # Errors
/// When the first bytes cannot be read.
pub(crate) fn decoded<'a>(mut input: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let mut first = Vec::new();
    input.by_ref().take(3).read_to_end(&mut first)?;
    let (mark, big) = match first.as_slice() {
        [0xEF, 0xBB, 0xBF] => return Ok(Box::new(input)),
        [0xFF, 0xFE, ..] => (2, false),
        [0xFE, 0xFF, ..] => (2, true),
        _ => return Ok(Box::new(io::Cursor::new(first).chain(input))),
    };
    let rest = first.split_off(mark);
    let input = io::Cursor::new(rest).chain(input);
    Ok(Box::new(Utf16 {
        input,
        big,
        block: vec![0; BLOCK],
        bytes: Vec::new(),
        high: None,
        text: io::Cursor::default(),
    }))
}

struct Utf16<R> {
    input: R,
    /// The greater byte of each unit comes first.
    big: bool,
    block: Vec<u8>,
    /// Read, and not decoded yet: at most one byte between two blocks.
    bytes: Vec<u8>,
    /// The first half of a pair.
    high: Option<u16>,
    text: io::Cursor<Vec<u8>>,
}

impl<R: Read> Utf16<R> {
    /// Decodes a block; whether there was one.
    fn fill(&mut self) -> io::Result<bool> {
        let read = self.input.read(&mut self.block)?;
        self.bytes.extend_from_slice(self.block.get(..read).unwrap_or_default());
        let of = if self.big { u16::from_be_bytes } else { u16::from_le_bytes };
        let (pairs, odd) = self.bytes.as_chunks::<2>();
        let mut units: Vec<u16> = self.high.take().into_iter().chain(pairs.iter().map(|pair| of(*pair))).collect();
        let odd = odd.to_vec();
        if read > 0 {
            self.high = units.pop_if(|last| (0xD800..0xDC00).contains(last));
        }
        let mut text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        if read == 0 && !odd.is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
        self.bytes = if read == 0 { Vec::new() } else { odd };
        let more = read > 0 || !text.is_empty();
        self.text = io::Cursor::new(text.into_bytes());
        Ok(more)
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = self.text.read(out)?;
            if read > 0 || out.is_empty() || !self.fill()? {
                return Ok(read);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at a time, as pipes do.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(out.len());
            self.0.read(&mut out[..n])
        }
    }

    #[test]
    fn what_is_marked_as_utf_16_is_decoded_whatever_pieces_it_comes_in() {
        let text = "LocalStack version: 4.14.0\r\nlicense \u{1F511}\u{2705} \u{e4}\r\nReady.\r\n";
        let units = || std::iter::once(0xFEFF).chain(text.encode_utf16());
        let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
        for (bytes, what) in [(little.as_slice(), "little"), (&big, "big"), (text.as_bytes(), "UTF-8")] {
            for size in [1, 3, 5, 7, 4096] {
                let mut out = String::new();
                decoded(Pieces(bytes, size)).unwrap().read_to_string(&mut out).unwrap();
                assert_eq!(out, text, "{what} in pieces of {size}");
            }
        }
    }

    #[test]
    fn halves_of_pairs_and_of_units_are_told_as_such() {
        let broken = [0xFF, 0xFE, 0x3D, 0xD8, b'a', 0, 0x3D, 0xD8, b'b'];
        let mut out = String::new();
        decoded(Pieces(&broken, 2)).unwrap().read_to_string(&mut out).unwrap();
        assert_eq!(out, "\u{FFFD}a\u{FFFD}\u{FFFD}");
    }

    #[test]
    fn what_has_no_mark_is_passed_on_byte_by_byte() {
        for bytes in [&b"caf\xe9 \xff\xfe\n"[..], b"\xff", b""] {
            let mut out = Vec::new();
            decoded(Pieces(bytes, 3)).unwrap().read_to_end(&mut out).unwrap();
            assert_eq!(out, bytes);
        }
    }
}
