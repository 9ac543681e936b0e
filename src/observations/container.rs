//! LocalStack's containers as the engine describes them, with secret values already masked.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::handle::{Handle, StartId};
use super::launch::Launch;
use super::variable::Variable;
use super::version::Image;

/// The containers that are LocalStack's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Instances {
    /// The one the verdict is about.
    pub chosen: Option<Container>,
    /// Why that one: `named by --container`, `running on the endpoint`, `most recent`.
    pub chosen_by: String,
    /// The rest, most recent first, bounded.
    pub others: Vec<Container>,
    /// Containers that were removed, and whose end the engine still remembers, most recent first.
    pub vanished: Vec<Removed>,
    /// The container that was named is not there: what there is instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// Limits that were met: what was not looked at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<String>,
}

/// One container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Container {
    /// Its id in full; empty when the evidence comes from files that do not tell.
    pub id: String,
    /// Its name without the leading slash.
    pub name: String,
    /// The image it was created from.
    pub image: Option<Image>,
    /// Its state.
    pub state: State,
    /// The environment of its process, image's and user's together, in the engine's order.
    pub environment: Vec<Variable>,
    /// LocalStack's version where labels, environment or files tell (`LOCALSTACK_BUILD_VERSION`).
    pub version: Option<String>,
    /// How it was started.
    pub launch: Launch,
    /// How it is reached, and what it reaches.
    pub network: ContainerNetwork,
    /// Settings that decide what can be seen.
    pub settings: ContainerSettings,
    /// It was named by the user, and nothing about it looks like LocalStack.
    #[serde(skip_serializing_if = "is_false")]
    pub foreign: bool,
    /// Limits that were met: what was not taken up.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Container {
    /// The key by which this container is found again.
    pub fn handle(&self) -> Handle {
        Handle::of_engine(self.id.clone())
    }

    /// The present start of this container, or its latest one if it has ended.
    pub fn start(&self) -> StartId {
        StartId { handle: self.handle(), started_at: self.state.started_at }
    }

    /// Who would start this container again, seen at `now`. It decides whether waiting can change anything.
    ///
    /// ```text
    /// restarting                                         the engine
    /// exited a moment ago, policy `always`               the engine, which has not got to it yet
    /// exited, `on-failure:3` and 3 restarts              nobody: the retries are used up
    /// exited, `always`, after `docker stop`              nobody: the engine remembers who stopped it
    /// exited, policy `no`                                nobody
    /// ```
    pub fn restarter(&self, now: Timestamp) -> Restarter {
        let State { status, exit_code, restarts, finished_at, .. } = &self.state;
        match status {
            Status::Running | Status::Paused => return Restarter::NotNeeded,
            Status::Restarting => return Restarter::Engine,
            Status::Exited | Status::Dead => {}
            Status::Created | Status::Removing | Status::Unknown => return Restarter::Nobody,
        }
        let ContainerSettings { restart_policy, max_retries, .. } = &self.settings;
        let by_policy = match restart_policy.as_str() {
            "always" | "unless-stopped" => true,
            "on-failure" => *exit_code != Some(0) && (*max_retries == 0 || restarts < max_retries),
            _ => false,
        };
        // The engine says `exited` for a moment before it says `restarting`, and for good if it will not restart.
        let just_ended = finished_at.is_none_or(|end| now.duration_since(end) < SOON);
        if by_policy && just_ended && !self.state.was_stopped() { Restarter::Engine } else { Restarter::Nobody }
    }

    /// Whether the engine restarts this container again and again, seen at `now`: it is between two starts, or its latest
    /// start followed an end by itself a short while ago.
    pub fn is_looping(&self, now: Timestamp) -> bool {
        let recent = |start: Timestamp| now.duration_since(start) < UNSETTLED;
        self.state.status == Status::Restarting
            || self.state.restarts > 0
                && self.state.status == Status::Running
                && self.state.started_at.is_none_or(recent)
    }

    /// The variable of this name, if the environment was seen and has it.
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.environment.iter().rev().find(|v| v.name == name)
    }
}

/// An engine that will restart a container says so within this time after its end.
const SOON: SignedDuration = SignedDuration::from_secs(2);
/// A start that has lasted this long has left its loop: LocalStack waits up to 41 seconds for its server.
const UNSETTLED: SignedDuration = SignedDuration::from_secs(60);
/// The own times of an engine for one end are apart by less than this.
const SAME_END: SignedDuration = SignedDuration::from_millis(50);

/// Who would start a container again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Restarter {
    /// It runs.
    NotNeeded,
    /// The engine, by the container's restart policy.
    Engine,
    /// Nobody that is known of; a person can always.
    Nobody,
}

/// The state the engine reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct State {
    /// Running, exited, and so on.
    pub status: Status,
    /// Exit code of the last end, where there was one. LocalStack's own code for a license failure is 55.
    pub exit_code: Option<i64>,
    /// Its ends of the last minutes that the engine still remembers, earlier starts' too, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ends: Vec<End>,
    /// The kernel ended it for want of memory.
    pub oom_killed: bool,
    /// The engine's own error text, such as a port that could not be bound.
    pub error: String,
    /// When the latest start was.
    pub started_at: Option<Timestamp>,
    /// When the latest end was.
    pub finished_at: Option<Timestamp>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// How often the restart policy started it again.
    pub restarts: u64,
    /// The health check's word, such as `unhealthy`, where there is a health check.
    pub health: Option<String>,
}

/// The states of a container, in the engine's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Not told: evidence from files.
    #[default]
    Unknown,
    /// Created, never started.
    Created,
    /// Running.
    Running,
    /// Frozen; its port accepts and never answers.
    Paused,
    /// Between two starts of a restart policy.
    Restarting,
    /// Being removed.
    Removing,
    /// Ended.
    Exited,
    /// Ended, and could not be removed.
    Dead,
}

impl State {
    /// Whether the last end was asked for by somebody, such as by `docker stop`, as far as the engine remembers.
    pub fn was_stopped(&self) -> bool {
        self.status.has_ended() && self.ends.last().is_some_and(|end| end.stopped)
    }

    /// The end of the start before the present one, as far as it is known. What the log has up to then is of earlier starts.
    pub fn previous_end(&self) -> Option<Timestamp> {
        if self.status.has_process() {
            return self.finished_at;
        }
        let own = self.finished_at?;
        let earlier = |at: &Timestamp| own.duration_since(*at) > SAME_END;
        self.ends.iter().rev().filter_map(|end| end.at).find(earlier)
    }
}

impl Status {
    /// Whether a process exists: it runs, or it is frozen.
    pub const fn has_process(self) -> bool {
        matches!(self, Self::Running | Self::Paused)
    }

    /// Whether it runs, or the engine is about to run it again.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Running | Self::Paused | Self::Restarting)
    }

    /// Whether its latest start has ended, even if another one is about to follow.
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Exited | Self::Dead | Self::Restarting)
    }

    /// The engine's word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Created => "created",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Restarting => "restarting",
            Self::Removing => "removing",
            Self::Exited => "exited",
            Self::Dead => "dead",
        }
    }
}

/// How the container is reached, and by what it resolves and routes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct ContainerNetwork {
    /// `bridge`, `host`, `none`, or a network's name.
    pub mode: String,
    /// Published ports.
    pub ports: Vec<PublishedPort>,
    /// Its own addresses on its networks.
    pub addresses: Vec<String>,
    /// Resolvers given by `--dns` or compose.
    pub dns: Vec<String>,
    /// Entries given by `--add-host`.
    pub extra_hosts: Vec<String>,
}

/// A port of the container, published on the host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct PublishedPort {
    /// The container's port, 1 to 65535.
    pub container: u16,
    /// The host's address, such as `0.0.0.0`.
    pub host_ip: String,
    /// The host's port, 1 to 65535.
    pub host: u16,
}

/// Settings that decide what can be seen of a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct ContainerSettings {
    /// Removed by the engine when it ends, with its log.
    pub auto_remove: bool,
    /// `no`, `always`, `on-failure`, `unless-stopped`.
    pub restart_policy: String,
    /// How often `on-failure` restarts at most; 0 for no limit.
    #[serde(skip_serializing_if = "is_zero")]
    pub max_retries: u64,
    /// The log driver; `none` keeps nothing.
    pub log_driver: String,
    /// A terminal is attached: the log has no frames.
    pub tty: bool,
    /// Mounts, as `source:destination`.
    pub mounts: Vec<String>,
}

/// An end of a container, as the engine's event memory tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct End {
    /// When.
    pub at: Option<Timestamp>,
    /// Its exit code, if the event told.
    pub exit_code: Option<i64>,
    /// Somebody asked for it, such as by `docker stop`.
    #[serde(skip_serializing_if = "is_false")]
    pub stopped: bool,
}

/// A container that is gone, as the engine's event memory tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Removed {
    /// Its id in full.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its image, as it was written.
    pub image: String,
    /// Its exit code, if the event told.
    pub exit_code: Option<i64>,
    /// When it ended.
    pub at: Option<Timestamp>,
    /// Somebody asked for its end, such as by `docker stop` or `docker rm --force`.
    #[serde(skip_serializing_if = "is_false")]
    pub stopped: bool,
}
