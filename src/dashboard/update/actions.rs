//! What each action does to the model: moving, choosing, asking.
//! Keys and clicks lead here alike.

use std::path::PathBuf;

use super::scroll::{clamp, moved, select};
use crate::case::{ReplayControl, WatchCommand};
use crate::dashboard::keys::Action;
use crate::dashboard::layout;
use crate::dashboard::layout::Panel;
use crate::dashboard::log_pane::SIDE_STEP;
use crate::dashboard::message::{Effect, Outcome};
use crate::dashboard::model::{Mode, Model};
use crate::dashboard::screen::Screen;
use crate::dashboard::theme::ThemeName;
use crate::dashboard::view;
use crate::observations::ProbeId;

/// Carries an action out on the model.
pub(super) fn act(model: &mut Model, action: Action) -> Outcome {
    let screens = Screen::ALL.len();
    match action {
        Action::Overview => go(model, Screen::Overview),
        Action::Checks => go(model, Screen::Checks),
        Action::Log => go(model, Screen::Log),
        Action::Network => go(model, Screen::Network),
        Action::License => go(model, Screen::License),
        Action::Instance => go(model, Screen::Instance),
        Action::Timeline => go(model, Screen::Timeline),
        Action::Explain => go(model, Screen::Explain),
        Action::NextScreen => go(model, model.screen.turned(1)),
        Action::PreviousScreen => go(model, model.screen.turned(screens - 1)),
        Action::Down | Action::Up | Action::PageDown | Action::PageUp | Action::Top | Action::Bottom => {
            moved(model, action)
        }
        Action::Choose => choose(model),
        _ if model.setup.replay && action.needs_session() => only_live(model),
        Action::LookAgain if model.screen == Screen::Checks => look_again(model, view::marked_check(model)),
        Action::LookAgain | Action::LookAgainAll => look_again(model, None),
        Action::Copy => copy(model),
        Action::OpenLink => open(model),
        Action::SaveReport => save(model),
        Action::Mouse => {
            model.transient.mouse = !model.transient.mouse;
            model.tell(if model.transient.mouse { "The mouse clicks in lsdoctor." } else { "The mouse selects text." });
            Outcome::effect(Effect::Mouse(model.transient.mouse))
        }
        Action::Theme => {
            if !model.setup.color {
                model.tell("Color is switched off.");
                return Outcome::changed();
            }
            model.look.theme = model.look.theme.next();
            let name = if model.look.theme == ThemeName::None { "no color" } else { model.look.theme.name() };
            model.tell(format!("Theme: {name}."));
            Outcome::changed()
        }
        Action::Help => {
            model.mode = Mode::Help(0);
            Outcome::changed()
        }
        Action::Suspend => Outcome::effect(Effect::Suspend),
        Action::Quit => Outcome::effect(Effect::Quit { printing: false }),
        Action::QuitPrinting => Outcome::effect(Effect::Quit { printing: true }),
        Action::Pause | Action::Step | Action::StepBack | Action::Slower | Action::Faster => replay(action),
        _ => in_log(model, action),
    }
}

fn go(model: &mut Model, screen: Screen) -> Outcome {
    let changed = model.screen != screen;
    model.screen = screen;
    if screen == Screen::Checks && !model.panes.contains_key(&screen) {
        model.pane_mut().selected = proof_row(model);
    }
    clamp(model);
    Outcome { changed, effects: Vec::new() }
}

fn replay(action: Action) -> Outcome {
    let control = match action {
        Action::Step => ReplayControl::Step,
        Action::StepBack => ReplayControl::StepBack,
        Action::Slower => ReplayControl::Slower,
        Action::Faster => ReplayControl::Faster,
        _ => ReplayControl::Pause,
    };
    Outcome::effect(Effect::Ask(WatchCommand::Replay(control)))
}

/// Answers a key that needs a live session, in a recording.
fn only_live(model: &mut Model) -> Outcome {
    model.tell("This is a recording: checks and reports are not available.");
    Outcome::changed()
}

fn look_again(model: &mut Model, check: Option<ProbeId>) -> Outcome {
    model.tell(match check {
        Some(id) => format!("Checking {id} again."),
        None => "Running all checks again.".to_owned(),
    });
    Outcome::effect(Effect::Ask(WatchCommand::Recheck(check)))
}

fn copy(model: &mut Model) -> Outcome {
    let command = model.remedy().and_then(|remedy| remedy.command.clone());
    let command = command.or_else(|| model.remedies().iter().find_map(|remedy| remedy.command.clone()));
    let Some(command) = command else {
        model.tell("There is no command to copy.");
        return Outcome::changed();
    };
    let first = command.lines().next().unwrap_or_default().to_owned();
    let more = if command.lines().count() > 1 { format!(" {}", model.look.glyphs.ellipsis()) } else { String::new() };
    model.tell(format!("Copied: {first}{more}"));
    Outcome::effect(Effect::Copy(command))
}

fn open(model: &mut Model) -> Outcome {
    let Some(url) = model.link().map(str::to_owned) else {
        model.tell("There is no link to open.");
        return Outcome::changed();
    };
    model.tell(url.clone());
    Outcome::effect(Effect::Open(url))
}

fn save(model: &mut Model) -> Outcome {
    let stamp: String = model.now.to_string().chars().take(19).filter(|c| c.is_ascii_alphanumeric()).collect();
    let path = PathBuf::from(format!("lsdoctor-report-{stamp}.md"));
    model.tell(format!("Saving {} ...", path.display()));
    Outcome::effect(Effect::SaveReport(path))
}

fn choose(model: &mut Model) -> Outcome {
    match model.screen {
        Screen::Overview => {
            let row = proof_row(model);
            model.screen = Screen::Checks;
            select(model, row);
            Outcome::changed()
        }
        Screen::Instance => {
            let Some(name) = view::other_names(model).into_iter().nth(model.pane().selected) else {
                return Outcome::unchanged();
            };
            if model.setup.replay {
                return only_live(model);
            }
            model.tell(format!("Showing {name}."));
            Outcome::effect(Effect::Ask(WatchCommand::Select(name)))
        }
        _ => Outcome::unchanged(),
    }
}

/// The row of the check that proves the verdict.
fn proof_row(model: &Model) -> usize {
    let proof = model.observed.case.diagnosis.headline.evidence.first().map(|evidence| evidence.check);
    ProbeId::ALL.into_iter().position(|id| Some(id) == proof).unwrap_or(0)
}

fn in_log(model: &mut Model, action: Action) -> Outcome {
    match action {
        Action::Follow => {
            let (width, height) = layout::log_text(view::areas(model).of(Panel::Log));
            model.log.top = model.log.first(width, height);
            model.log.follow = !model.log.follow;
        }
        Action::Search => model.mode = Mode::Search(String::new()),
        Action::NextMatch | Action::PreviousMatch => {
            if !model.log.seek(action == Action::NextMatch) {
                let query = model.log.query.clone();
                model.tell(if query.is_empty() {
                    let key = model.setup.keymap.key_of(Action::Search, model.screen, model.setup.replay);
                    format!("Search with {key} first.")
                } else {
                    format!("\"{query}\" is not in the log.")
                });
            }
        }
        Action::LicenseLines => model.log.license_only = !model.log.license_only,
        Action::LineHeads => model.log.heads = !model.log.heads,
        Action::Wrap => {
            model.log.wrap = !model.log.wrap;
            model.log.shift = 0;
        }
        Action::Left => model.log.shift = model.log.shift.saturating_sub(SIDE_STEP),
        Action::Right if !model.log.wrap => model.log.shift = (model.log.shift + SIDE_STEP).min(10_000),
        Action::NextStart => jump(model, view::starts(model), true, "There is no later start."),
        Action::PreviousStart => jump(model, view::starts(model), false, "There is no earlier start."),
        Action::NextProof => {
            let proofs: Vec<_> = view::proofs(model).into_iter().collect();
            let from = model.log.current.unwrap_or(0);
            let next = proofs.iter().copied().find(|number| *number > from).or(proofs.first().copied());
            match next {
                Some(number) => {
                    model.log.current = Some(number);
                    model.log.go_to(number);
                }
                None => model.tell("No line of the log is proof so far."),
            }
        }
        Action::Cancel => {
            model.log.query.clear();
            model.log.current = None;
            model.transient.notice = None;
        }
        _ => return Outcome::unchanged(),
    }
    Outcome::changed()
}

/// Goes to the nearest of some lines before or after the first that is shown.
fn jump(model: &mut Model, lines: Vec<u64>, onward: bool, otherwise: &str) {
    let (width, height) = layout::log_text(view::areas(model).of(Panel::Log));
    let from = model.log.current.filter(|at| lines.contains(at)).unwrap_or_else(|| model.log.first(width, height));
    let found = if onward {
        lines.into_iter().find(|line| *line > from)
    } else {
        lines.into_iter().rev().find(|line| *line < from)
    };
    match found {
        Some(line) => {
            model.log.current = Some(line);
            model.log.go_to(line);
        }
        None => model.tell(otherwise),
    }
}
