//! The terminal: taken, given back whatever happens, drawn into in one piece.
//! Nothing of what is drawn; only `mod.rs` uses this.

use std::io::{self, Stdout, Write};
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture, Event};
use crossterm::execute;
use crossterm::style::{Attribute, PrintStyledContent, SetAttribute, StyledContent};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode, window_size,
};
use ratatui::Terminal;
use ratatui::backend::{CrosstermBackend, IntoCrossterm};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::model::Model;
use super::screen::Size;
use super::view::{paint, show};

/// Keys and the like, read by a thread of its own: crossterm reads a closed terminal again and again without end, and
/// whoever polls it would be caught there, deaf to every signal.
pub(super) fn events() -> UnboundedReceiver<io::Result<Event>> {
    let (told, heard) = unbounded_channel();
    std::thread::spawn(move || {
        loop {
            let event = crossterm::event::read();
            let failed = event.is_err();
            if told.send(event).is_err() || failed {
                return;
            }
        }
    });
    heard
}

/// The terminal while it is ours.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    panics: Panics,
    last: Buffer,
    ours: bool,
    sized: bool,
}

impl Screen {
    /// Takes the terminal. Panics are kept back until it is given back.
    pub(super) fn take(mouse: bool) -> io::Result<Self> {
        let panics = Panics::keep_back();
        let terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
        let mut screen = Self { terminal, panics, last: Buffer::default(), ours: false, sized: window_size().is_ok() };
        screen.enter(mouse)?;
        Ok(screen)
    }

    /// Takes the terminal again after it was given back.
    pub(super) fn enter(&mut self, mouse: bool) -> io::Result<()> {
        self.ours = true;
        enable_raw_mode()?;
        execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
        self.mouse(mouse)?;
        self.last = Buffer::default();
        // `Terminal::clear` would ask the terminal where its cursor is, and wait 2 s where none answers; this does not.
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::new(0, 0, size.width, size.height))
    }

    /// Takes the mouse, or leaves it to the terminal.
    pub(super) fn mouse(&mut self, on: bool) -> io::Result<()> {
        if on { execute!(io::stdout(), EnableMouseCapture) } else { execute!(io::stdout(), DisableMouseCapture) }
    }

    /// Gives the terminal back. Every step is tried, whatever became of those before.
    pub(super) fn leave(&mut self) {
        if !self.ours {
            return;
        }
        self.ours = false;
        let _ = execute!(io::stdout(), EndSynchronizedUpdate);
        let _ = execute!(io::stdout(), DisableMouseCapture);
        let _ = execute!(io::stdout(), DisableBracketedPaste, SetAttribute(Attribute::Reset));
        let _ = execute!(io::stdout(), LeaveAlternateScreen);
        let _ = self.terminal.show_cursor();
        let _ = disable_raw_mode();
    }

    /// Whether the terminal was closed: it had a size, and has none any more.
    pub(super) fn is_gone(&self) -> bool {
        self.sized && window_size().is_err()
    }

    /// The size of the terminal.
    pub(super) fn size(&self) -> io::Result<Size> {
        let size = self.terminal.size()?;
        Ok(Size { width: size.width, height: size.height })
    }

    /// Draws the model in one piece; writes nothing when it looks as before.
    pub(super) fn draw(&mut self, model: &Model) -> io::Result<()> {
        let painted = paint(model);
        if painted == self.last {
            return Ok(());
        }
        execute!(io::stdout(), BeginSynchronizedUpdate)?;
        self.terminal.draw(|frame| show(&painted, frame))?;
        self.last = painted;
        execute!(io::stdout(), EndSynchronizedUpdate)
    }

    /// Prints the last screen, to stay in the scroll-back.
    pub(super) fn print_last(&self) -> io::Result<()> {
        print(&self.last, &mut io::stdout().lock())
    }

    /// What was said by panics so far.
    pub(super) fn panics(&self) -> Option<String> {
        self.panics.said()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.leave();
        self.panics.let_through();
        if std::thread::panicking()
            && let Some(said) = self.panics.said()
        {
            let _ = writeln!(io::stderr(), "{said}");
        }
    }
}

/// Panics while the terminal is ours: what they say would be written into the screen, so it is kept.
#[derive(Clone)]
struct Panics {
    kept_back: Arc<AtomicBool>,
    said: Arc<Mutex<Option<String>>>,
}

impl Panics {
    fn keep_back() -> Self {
        let panics = Self { kept_back: Arc::new(AtomicBool::new(true)), said: Arc::default() };
        let (ours, before) = (panics.clone(), std::panic::take_hook());
        std::panic::set_hook(Box::new(move |info| {
            if ours.kept_back.load(Ordering::SeqCst) { ours.note(info) } else { before(info) }
        }));
        panics
    }

    fn note(&self, info: &PanicHookInfo) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        *said = Some(info.to_string());
    }

    fn let_through(&self) {
        self.kept_back.store(false, Ordering::SeqCst);
    }

    fn said(&self) -> Option<String> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Writes a screen as lines, with its styles; empty space at the right and at the end is left out.
fn print(buffer: &Buffer, out: &mut impl Write) -> io::Result<()> {
    let width = usize::from(buffer.area.width).max(1);
    let rows: Vec<_> = buffer.content.chunks(width).collect();
    let used = rows.iter().rposition(|row| row.iter().any(|cell| cell.symbol() != " ")).map_or(0, |last| last + 1);
    for row in rows.into_iter().take(used) {
        let end = row.iter().rposition(|cell| cell.symbol() != " ").map_or(0, |last| last + 1);
        let mut skip = 0;
        for cell in row.iter().take(end) {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            skip = super::text::width(cell.symbol()).saturating_sub(1);
            let style = cell.style().into_crossterm();
            crossterm::queue!(out, PrintStyledContent(StyledContent::new(style, cell.symbol())))?;
        }
        writeln!(out)?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_printed_screen_has_its_text_and_no_empty_end() {
        let buffer = Buffer::with_lines(["one 🔑 two   ", "", "three", "     "]);
        let mut out = Vec::new();
        print(&buffer, &mut out).unwrap();
        let text = String::from_utf8(anstream::adapter::strip_bytes(&out).into_vec()).unwrap();
        assert_eq!(text, "one 🔑 two\n\nthree\n");
    }

    #[test]
    fn panics_are_kept_back_and_told_afterwards() {
        let panics = Panics::keep_back();
        let result = std::thread::spawn(|| panic!("a wheel came off")).join();
        assert!(result.is_err());
        panics.let_through();
        assert!(panics.said().unwrap().contains("a wheel came off"));
    }
}
