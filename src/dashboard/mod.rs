//! The dashboard: takes the terminal, feeds keys, time and cases into `update`, draws, and carries effects out.
//! It alone owns terminal, channels and timers; it never probes and never concludes.

mod keys;
mod layout;
mod log_pane;
mod message;
mod model;
mod os_signals;
mod replay;
mod screen;
mod terminal;
mod text;
mod theme;
mod update;
mod view;

pub use keys::{Action, Binding, Chord, KeyRow, Keymap, Scope, keymap_rows};
pub use layout::{Areas, Panel, Wants, areas};
pub use log_pane::LogPane;
pub use message::{Effect, Msg, Outcome};
pub use model::{Explanation, Mode, Model, Observed, Pane, Setup, Times, Transient};
pub use replay::{Fold, play};
pub use screen::{Screen, Size};
pub use theme::{Look, Role, ThemeName, Themes};
pub use update::update;
pub use view::view;

use std::collections::BTreeMap;
use std::future::pending;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use crossterm::clipboard::CopyToClipboard;
use crossterm::event::Event;
use crossterm::execute;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, sleep_until};

use crate::case::{Case, CaseEvent, WatchCommand};
use crate::observations::LogLine;
use crate::views::glyphs::Charset;
use os_signals::{OsSignal, Signals};

/// Not drawn more often than this: 30 times a second.
const FRAME: Duration = Duration::from_millis(33);
/// So often is looked whether the terminal is still there, besides the signal that mostly tells so.
const LOOK: Duration = Duration::from_secs(5);

/// The channels between the dashboard and the session, or the player of a recording.
#[derive(Debug)]
pub struct Channels {
    /// The events that the dashboard shows.
    pub events: UnboundedReceiver<CaseEvent>,
    /// The commands that its keys send.
    pub commands: UnboundedSender<WatchCommand>,
}

/// How the dashboard is to look and behave.
#[derive(Debug, Clone)]
pub struct Options {
    /// The theme to begin with.
    pub theme: ThemeName,
    /// All themes.
    pub themes: Themes,
    /// The keys.
    pub keymap: Keymap,
    /// ASCII alone.
    pub ascii: bool,
    /// Colour is allowed; if not, the theme is `none` and stays it.
    pub color: bool,
    /// Take the mouse.
    pub mouse: bool,
    /// The name in the corner.
    pub title: String,
    /// A recording is played.
    pub replay: bool,
    /// What each cause means, by its id.
    pub explain: BTreeMap<String, Explanation>,
    /// What is outside of the dashboard.
    pub outside: Outside,
}

/// What the dashboard uses of the machine; given, so that it reads no clock and no environment itself.
#[derive(Debug, Clone)]
pub struct Outside {
    /// The clock.
    pub clock: fn() -> Timestamp,
    /// The time zone of the times.
    pub zone: TimeZone,
    /// The program that opens links, such as `xdg-open`; none where there is no desktop: links are shown then.
    pub opener: Option<String>,
    /// Saves a report of the case with these log lines to a file, and returns the sentence for the bottom line.
    pub save: fn(&Path, &Case, Vec<LogLine>) -> String,
}

impl Options {
    /// The usual options.
    pub fn new(outside: Outside) -> Self {
        Self {
            theme: ThemeName::Dark,
            themes: Themes::built_in(),
            keymap: Keymap::built_in(),
            ascii: false,
            color: true,
            mouse: true,
            title: "lsdoctor".to_owned(),
            replay: false,
            explain: BTreeMap::new(),
            outside,
        }
    }

    /// The model to begin with.
    pub fn model(&self, size: Size) -> Model {
        let setup = Setup {
            keymap: self.keymap.clone(),
            explain: self.explain.clone(),
            title: self.title.clone(),
            zone: self.outside.zone.clone(),
            replay: self.replay,
            color: self.color,
        };
        let mut model = Model::new(setup, (self.outside.clock)(), size);
        model.look.themes = self.themes.clone();
        model.look.theme = if self.color { self.theme } else { ThemeName::None };
        model.look.glyphs = if self.ascii { Charset::Ascii } else { Charset::Unicode };
        model.transient.mouse = self.mouse;
        model
    }
}

/// Runs the dashboard until it is quit. The terminal is given back on every way out.
pub async fn run(mut channels: Channels, options: Options) -> io::Result<()> {
    let mut screen = terminal::Screen::take(options.mouse)?;
    let mut model = options.model(screen.size()?);
    let result = turn(&mut screen, &mut model, &mut channels, &options).await;
    let _ = channels.commands.send(WatchCommand::Stop);
    screen.leave();
    if result? {
        screen.print_last()?;
    }
    Ok(())
}

/// Takes one message after the other; true when the last screen is to be printed.
async fn turn(
    screen: &mut terminal::Screen,
    model: &mut Model,
    channels: &mut Channels,
    options: &Options,
) -> io::Result<bool> {
    let mut events = terminal::events();
    let mut signals = Signals::new()?;
    let (mut changed, mut next_frame, mut last_tick) = (true, Instant::now(), Instant::now());
    let mut next_look = Instant::now() + LOOK;
    loop {
        let frame_due = async { if changed { sleep_until(next_frame).await } else { pending().await } };
        let tick_due = async {
            match model.pace() {
                Some(pace) => sleep_until(last_tick + pace).await,
                None => pending().await,
            }
        };
        let look_due = sleep_until(next_look);
        let msg = tokio::select! {
            biased;
            signal = signals.next() => match signal {
                OsSignal::End => Msg::Terminate,
                OsSignal::Resumed => {
                    // Whoever stopped us may have set the terminal otherwise.
                    screen.leave();
                    screen.enter(model.transient.mouse)?;
                    changed = true;
                    Msg::Resize(screen.size()?)
                }
            },
            // None: standard input was closed.
            event = events.recv() => match event.transpose()? {
                None => return Ok(false),
                Some(event) => match message(event) { Some(msg) => msg, None => continue },
            },
            () = look_due => {
                // A terminal that was closed does not always say so.
                if screen.is_gone() {
                    return Ok(false);
                }
                next_look = Instant::now() + LOOK;
                continue;
            }
            () = frame_due => {
                screen.draw(model)?;
                (changed, next_frame) = (false, Instant::now() + FRAME);
                continue;
            }
            () = tick_due => Msg::Tick((options.outside.clock)()),
            event = channels.events.recv(), if !model.transient.ended || !channels.events.is_closed() => match event {
                Some(event) => Msg::Case(event),
                None if model.transient.ended => continue,
                None => return Err(io::Error::other(stopped(screen))),
            },
        };
        last_tick = Instant::now();
        if !matches!(msg, Msg::Tick(_)) {
            // Where nothing shows the time there are no ticks: what happens now still has the right time.
            update(model, Msg::Tick((options.outside.clock)()));
        }
        let outcome = update(model, msg);
        changed |= outcome.changed;
        for effect in outcome.effects {
            match carry_out(effect, screen, model, channels, options)? {
                Next::GoOn => {}
                Next::Take(msg) => drop(update(model, msg)),
                Next::Resume => {
                    signals.resumed().await;
                    screen.enter(model.transient.mouse)?;
                    let size = screen.size()?;
                    update(model, Msg::Resize(size));
                    changed = true;
                }
                Next::End { printing } => return Ok(printing),
            }
        }
    }
}

/// Why the session behind the dashboard is gone.
fn stopped(screen: &terminal::Screen) -> String {
    match screen.panics() {
        Some(said) => format!("the dashboard ended because a part of lsdoctor crashed: {said}"),
        None => "the dashboard ended because lsdoctor stopped watching LocalStack: report this as a defect".to_owned(),
    }
}

fn message(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) if key.is_press() || key.is_repeat() => Some(Msg::Key(key)),
        Event::Mouse(mouse) => Some(Msg::Mouse(mouse)),
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::Resize(width, height) => Some(Msg::Resize(Size { width, height })),
        _ => None,
    }
}

/// How it goes on after an effect.
enum Next {
    GoOn,
    /// Take this message first.
    Take(Msg),
    Resume,
    End {
        printing: bool,
    },
}

fn carry_out(
    effect: Effect,
    screen: &mut terminal::Screen,
    model: &Model,
    channels: &Channels,
    options: &Options,
) -> io::Result<Next> {
    match effect {
        Effect::Quit { printing } => return Ok(Next::End { printing }),
        // A session that has ended answers no more; what it showed stays.
        Effect::Ask(command) => drop(channels.commands.send(command)),
        Effect::SaveReport(path) => return Ok(Next::Take(Msg::Notice(save(&path, model, options)))),
        Effect::Copy(text) => execute!(io::stdout(), CopyToClipboard::to_clipboard_from(text))?,
        Effect::Open(url) => open(&url, options.outside.opener.as_deref()),
        Effect::Mouse(on) => screen.mouse(on)?,
        Effect::Suspend => {
            screen.leave();
            suspend();
            return Ok(Next::Resume);
        }
    }
    Ok(Next::GoOn)
}

/// Saves a report of what the model shows, and returns the sentence about it.
fn save(path: &Path, model: &Model, options: &Options) -> String {
    if model.looking() {
        return "There is nothing to save yet.".to_owned();
    }
    (options.outside.save)(path, &model.observed.case, model.log.lines())
}

/// Opens a link in the background; where that fails, the link stands in the bottom line all the same.
fn open(url: &str, opener: Option<&str>) {
    let Some(opener) = opener else { return };
    let mut command = tokio::process::Command::new(opener);
    command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    #[cfg(unix)]
    command.process_group(0);
    drop(command.spawn());
}

/// Stops this process until it is told to go on.
fn suspend() {
    #[cfg(unix)]
    {
        // The signal is sent by `kill`, because raising it here would need unsafe code.
        let own = std::process::id().to_string();
        let _ = std::process::Command::new("kill").args(["-TSTP", &own]).status();
    }
}
