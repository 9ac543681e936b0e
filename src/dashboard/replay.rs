//! The player of recordings: pause, step, speed and seeking.
//! It sends the same events as a live session. The given fold diagnoses each step.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, timeout_at};

use crate::case::recording::Recording;
use crate::case::{Case, CaseEvent, ReplayControl, ReplayState, WatchCommand};

/// While playing, the line of the recording moves on so often.
const BEAT: Duration = Duration::from_millis(1_000);
/// Speeds, in percent.
const SPEEDS: [u32; 7] = [25, 50, 100, 200, 400, 800, 1_600];
/// The place of 100 among them.
const AS_RECORDED: usize = 2;

/// Concludes from the case, as it is after a step, at the time of that step.
pub type Fold = Box<dyn FnMut(&mut Case, Timestamp) + Send>;

/// Plays a recording into the dashboard until it stops asking.
pub async fn play(
    recording: Recording,
    fold: Fold,
    events: UnboundedSender<CaseEvent>,
    mut commands: UnboundedReceiver<WatchCommand>,
) {
    let mut player = Player::new(recording, fold, events);
    player.rewind();
    while player.alive() {
        let next = if player.paused { None } else { Some(Instant::now() + player.until_next()) };
        let command = match next {
            None => commands.recv().await,
            Some(at) => match timeout_at(at, commands.recv()).await {
                Ok(command) => command,
                Err(_) => {
                    player.go_on();
                    continue;
                }
            },
        };
        match command {
            None | Some(WatchCommand::Stop) => return,
            Some(WatchCommand::Replay(control)) => player.control(control),
            // A recording has no probes to run and no other container to select.
            Some(WatchCommand::Recheck(_) | WatchCommand::Select(_)) => {}
        }
    }
}

struct Player {
    recording: Recording,
    fold: Fold,
    events: UnboundedSender<CaseEvent>,
    case: Case,
    /// The step that comes next.
    next: usize,
    position_ms: u64,
    paused: bool,
    speed: usize,
}

impl Player {
    fn new(recording: Recording, fold: Fold, events: UnboundedSender<CaseEvent>) -> Self {
        let case = Case::default();
        Self { recording, fold, events, case, next: 0, position_ms: 0, paused: false, speed: AS_RECORDED }
    }

    fn alive(&self) -> bool {
        !self.events.is_closed()
    }

    fn percent(&self) -> u64 {
        SPEEDS.get(self.speed).copied().unwrap_or(100).into()
    }

    /// How long to wait for the next step, or for the next beat of the line.
    fn until_next(&self) -> Duration {
        let ahead = self.recording.steps.get(self.next).map_or(0, |step| step.at_ms.saturating_sub(self.position_ms));
        // Rounded up: a wait that is too short to count would never end.
        BEAT.min(Duration::from_millis(ahead.saturating_mul(100).div_ceil(self.percent())))
    }

    /// Time went on by what `until_next` said.
    fn go_on(&mut self) {
        let passed = u64::try_from(self.until_next().as_millis()).unwrap_or(0) * self.percent() / 100;
        match self.recording.steps.get(self.next) {
            Some(step) if self.position_ms.saturating_add(passed) >= step.at_ms => self.step(),
            Some(_) => self.position_ms += passed,
            None => self.paused = true,
        }
        self.tell();
        if self.next >= self.recording.steps.len() {
            self.paused = true;
            self.tell();
            self.send(CaseEvent::Ended);
        }
    }

    /// Takes the next step in and shows what follows.
    fn step(&mut self) {
        if self.take_step() {
            self.send(CaseEvent::from(self.case.clone()));
        }
    }

    fn take_step(&mut self) -> bool {
        let Some(step) = self.recording.steps.get(self.next) else { return false };
        let at = self.recording.moment(step.at_ms);
        for update in &step.updates {
            self.case.apply(update.clone());
        }
        (self.fold)(&mut self.case, at);
        if !step.lines.is_empty() {
            let _ = self.events.send(CaseEvent::Lines(step.lines.clone()));
        }
        self.position_ms = step.at_ms;
        self.next += 1;
        true
    }

    fn rewind(&mut self) {
        self.case = Case::default();
        self.case.snapshot.target = self.recording.target.clone();
        (self.next, self.position_ms) = (0, 0);
        self.tell();
        // What happens at the very beginning is there from the beginning.
        while self.recording.steps.get(self.next).is_some_and(|step| step.at_ms == 0) {
            self.take_step();
        }
        self.send(CaseEvent::from(self.case.clone()));
    }

    fn control(&mut self, control: ReplayControl) {
        let ended = self.next >= self.recording.steps.len();
        match control {
            ReplayControl::Pause if ended => {
                self.rewind();
                self.paused = false;
            }
            ReplayControl::Pause => self.paused = !self.paused,
            ReplayControl::Slower => self.speed = self.speed.saturating_sub(1),
            ReplayControl::Faster => self.speed = (self.speed + 1).min(SPEEDS.len() - 1),
            ReplayControl::Step => {
                self.paused = true;
                self.step();
            }
            ReplayControl::StepBack => {
                self.paused = true;
                let shown = self.next.saturating_sub(1);
                let to = shown.checked_sub(1).and_then(|i| self.recording.steps.get(i)).map_or(0, |step| step.at_ms);
                self.seek(to);
            }
            ReplayControl::Seek(to) => self.seek(to),
        }
        self.tell();
    }

    /// Goes to a time. Backwards everything is folded anew, so the verdicts are those of playing on.
    fn seek(&mut self, to_ms: u64) {
        let to_ms = to_ms.min(self.recording.length_ms());
        if to_ms < self.position_ms {
            self.rewind();
        }
        while self.recording.steps.get(self.next).is_some_and(|step| step.at_ms <= to_ms) {
            self.take_step();
        }
        self.position_ms = to_ms;
        self.tell();
        self.send(CaseEvent::from(self.case.clone()));
    }

    fn tell(&self) {
        self.send(CaseEvent::Replay(ReplayState {
            now: self.recording.moment(self.position_ms),
            position_ms: self.position_ms,
            length_ms: self.recording.length_ms(),
            paused: self.paused,
            speed: u32::try_from(self.percent()).unwrap_or(100),
            title: self.title().to_owned(),
        }));
    }

    /// What is shown now: the title of the part that was begun last.
    fn title(&self) -> &str {
        let begun = self.recording.steps.iter().take(self.next).rev().find_map(|step| step.title.as_deref());
        begun.unwrap_or(&self.recording.title)
    }

    fn send(&self, event: CaseEvent) {
        // A dashboard that was quit takes nothing more; `alive` ends the playing.
        let _ = self.events.send(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::recording::Step;
    use crate::observations::Target;

    fn playing(steps: &[u64], speed: usize) -> Player {
        let step = |at_ms: &u64| Step { at_ms: *at_ms, title: None, updates: Vec::new(), lines: Vec::new() };
        let recording = Recording {
            title: String::new(),
            began: Timestamp::UNIX_EPOCH,
            target: Target::default(),
            steps: steps.iter().map(step).collect(),
        };
        let (events, _) = tokio::sync::mpsc::unbounded_channel();
        Player { speed, ..Player::new(recording, Box::new(|_, _| {}), events) }
    }

    #[test]
    fn every_step_is_reached_at_every_speed() {
        for speed in 0..SPEEDS.len() {
            for ahead in 0..40 {
                let mut player = playing(&[ahead], speed);
                player.go_on();
                assert_eq!(player.next, 1, "{ahead} ms ahead at {} %", player.percent());
            }
        }
    }

    #[test]
    fn a_recording_of_endless_time_is_played() {
        let mut player = playing(&[u64::MAX - 1, u64::MAX], 0);
        player.go_on();
        player.seek(u64::MAX);
        player.control(ReplayControl::StepBack);
        assert_eq!(player.position_ms, u64::MAX - 1);
    }
}
