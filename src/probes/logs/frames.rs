//! Takes the engine's framing off a log: eight bytes before each piece tell its stream and length. Nothing is copied.

use crate::observations::Stream;

/// Length of a frame's header.
const HEADER: usize = 8;

/// Reads frames in whatever pieces they come.
#[derive(Debug)]
pub(super) struct Frames {
    framed: bool,
    header: [u8; HEADER],
    have: usize,
    left: usize,
    stream: Option<Stream>,
}

impl Frames {
    /// With a terminal there are no frames, and no telling the streams apart.
    pub(super) const fn new(tty: bool) -> Self {
        Self { framed: !tty, header: [0; HEADER], have: 0, left: 0, stream: None }
    }

    /// Passes the content of the next bytes on, with its stream.
    pub(super) fn feed(&mut self, data: &[u8], mut take: impl FnMut(&[u8], Option<Stream>)) {
        let mut rest = data;
        while !rest.is_empty() {
            if !self.framed {
                return take(rest, None);
            }
            if self.left == 0 {
                let (head, tail) = rest.split_at(rest.len().min(HEADER - self.have));
                for (slot, byte) in self.header.iter_mut().skip(self.have).zip(head) {
                    *slot = *byte;
                }
                self.have += head.len();
                rest = tail;
                if self.have == HEADER {
                    self.begin(&mut take);
                }
            } else {
                let (piece, tail) = rest.split_at(rest.len().min(self.left));
                take(piece, self.stream);
                self.left -= piece.len();
                rest = tail;
            }
        }
    }

    fn begin(&mut self, take: &mut impl FnMut(&[u8], Option<Stream>)) {
        self.have = 0;
        let [kind, zeros @ .., a, b, c, d] = self.header;
        self.stream = match kind {
            1 => Some(Stream::Stdout),
            2 => Some(Stream::Stderr),
            _ => None,
        };
        if kind > 2 || zeros != [0; 3] {
            // Not a header: this engine sends no frames, whatever the settings say.
            self.framed = false;
            take(&self.header, None);
        } else {
            self.left = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(usize::MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data: &[u8], tty: bool, step: usize) -> Vec<(Option<Stream>, String)> {
        let mut frames = Frames::new(tty);
        let mut out: Vec<(Option<Stream>, String)> = Vec::new();
        for piece in data.chunks(step) {
            frames.feed(piece, |bytes, stream| {
                let text = String::from_utf8_lossy(bytes).into_owned();
                match out.last_mut() {
                    Some((last, all)) if *last == stream => all.push_str(&text),
                    _ => out.push((stream, text)),
                }
            });
        }
        out
    }

    #[test]
    fn frames_come_apart_however_they_are_cut() {
        let data = b"\x01\0\0\0\0\0\0\x03abc\x02\0\0\0\0\0\0\x02de\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\x01f";
        let expected = [(Some(Stream::Stdout), "abc"), (Some(Stream::Stderr), "de"), (Some(Stream::Stdout), "f")];
        for step in [1, 2, 3, 5, 7, 100] {
            let got = read(data, false, step);
            let got: Vec<_> = got.iter().map(|(s, t)| (*s, t.as_str())).collect();
            assert_eq!(got, expected, "in pieces of {step}");
        }
    }

    #[test]
    fn without_frames_the_bytes_pass_as_they_are() {
        assert_eq!(read(b"\x01\0\0plain\r\n", true, 3), [(None, "\u{1}\0\0plain\r\n".to_owned())]);
        assert_eq!(read(b"no frames here at all\n", false, 4), [(None, "no frames here at all\n".to_owned())]);
    }
}
