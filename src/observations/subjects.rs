//! The table of everything that lsdoctor looks at, and the types that are made from it.
//!
//! A *subject* is one thing that a probe looks at and that has one row in the list of checks. Each subject is one row of
//! the table at the end of this file:
//!
//! ```text
//! /// Cached license files.
//! Cache => cache: Vec<CachedLicense>, "cache", "Cached license";
//! ^        ^      ^                   ^        ^ what the check looks at, in a few words
//! |        |      |                   the name that users type and that JSON shows: an interface
//! |        |      what its probe comes back with
//! |        field of `Snapshot`, or of `ConnectionPath` for what is looked at from two viewpoints
//! variant of `ProbeId` and of `Update`
//! ```
//!
//! From that row the macro makes the variants [`ProbeId::Cache`] and [`Update::Cache`], the field `Snapshot::cache`, the
//! lists [`ProbeId::ALL`] and [`ProbeId::ON_REQUEST`], and every function that treats all subjects alike: storing an
//! update, ending what is still awaited, keeping the last good answer, replaying. What treats each subject in its own way
//! (its check row, what a report says of it) is a `match` without `_`, so that a new row does not compile until it is
//! there.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::cache::CachedLicense;
use super::compose::ComposeFile;
use super::container::Instances;
use super::credentials::Credentials;
use super::endpoint::Endpoint;
use super::engine::Engine;
use super::evidence::InstanceEvidence;
use super::log::LogDigest;
use super::network::{Dns, Https, OtherHost, Tcp, Viewpoint};
use super::observation::{NotObserved, Observation};
use super::proxy::Proxy;
use super::target::Target;
use super::tls::Tls;

/// Makes the types of this file from the table below; the head of this file explains a row.
macro_rules! subjects {
    (
        first { $($(#[$doc_1:meta])* $id_1:ident => $field_1:ident: $value_1:ty, $name_1:literal, $title_1:literal $(, stored as $stored_1:literal)?;)* }
        per viewpoint { $($(#[$doc_2:meta])* $id_2:ident => $field_2:ident: $value_2:ty, $name_2:literal, $title_2:literal;)* }
        last { $($(#[$doc_3:meta])* $id_3:ident => $field_3:ident: $value_3:ty, $name_3:literal, $title_3:literal;)* }
        on request { $($(#[$doc_4:meta])* $id_4:ident => $field_4:ident: $value_4:ty, $name_4:literal, $title_4:literal;)* }
    ) => {
        /// The checks, in the order in which they are listed. The names are an interface.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum ProbeId {
            $($(#[$doc_1])* #[serde(rename = $name_1)] $id_1,)*
            $($(#[$doc_2])* #[serde(rename = $name_2)] $id_2,)*
            $($(#[$doc_3])* #[serde(rename = $name_3)] $id_3,)*
            $($(#[$doc_4])* #[serde(rename = $name_4)] $id_4,)*
        }

        impl ProbeId {
            /// The checks that run by default, in listing order.
            pub const ALL: [Self; [$($name_1,)* $($name_2,)* $($name_3,)*].len()] =
                [$(Self::$id_1,)* $(Self::$id_2,)* $(Self::$id_3,)*];

            /// The checks that run only when asked for.
            pub const ON_REQUEST: [Self; [$($name_4,)*].len()] = [$(Self::$id_4,)*];

            /// The id as users type it and JSON shows it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$id_1 => $name_1,)* $(Self::$id_2 => $name_2,)* $(Self::$id_3 => $name_3,)* $(Self::$id_4 => $name_4,)*
                }
            }

            /// What the check looks at, in a few words.
            pub const fn title(self) -> &'static str {
                match self {
                    $(Self::$id_1 => $title_1,)* $(Self::$id_2 => $title_2,)* $(Self::$id_3 => $title_3,)* $(Self::$id_4 => $title_4,)*
                }
            }
        }

        /// Everything that was seen, one field per subject. The diagnosis sees nothing else.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
        #[serde(default)]
        pub struct Snapshot {
            /// What was asked for.
            pub target: Target,
            $($(#[$doc_1])* pub $field_1: Observation<$value_1>,)*
            $($(#[$doc_3])* pub $field_3: Observation<$value_3>,)*
            $($(#[$doc_4])* pub $field_4: Observation<$value_4>,)*
            /// The path to the license server, seen from this machine.
            pub host: ConnectionPath,
            /// The path to the license server with the container's settings, tried from this machine.
            pub inside: ConnectionPath,
            /// What was seen of the instances that the verdict is not about, bounded by their number.
            #[serde(skip_serializing_if = "Vec::is_empty")]
            pub others: Vec<InstanceEvidence>,
        }

        /// The steps of the path to the license server, seen from one viewpoint.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
        #[serde(default)]
        pub struct ConnectionPath {
            $($(#[$doc_2])* pub $field_2: Observation<$value_2>,)*
        }

        /// One observation on its way into a [`Snapshot`].
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        #[expect(clippy::large_enum_variant, reason = "updates travel in a box of their own")]
        pub enum Update {
            $($(#[$doc_1])* $(#[serde(rename = $stored_1)])? $id_1(Observation<$value_1>),)*
            $($(#[$doc_2])* $id_2(Viewpoint, Observation<$value_2>),)*
            $($(#[$doc_3])* $id_3(Observation<$value_3>),)*
            $($(#[$doc_4])* $id_4(Observation<$value_4>),)*
            /// What was seen of an instance that the verdict is not about: a part of the check of containers.
            Other(InstanceEvidence),
        }

        impl Snapshot {
            /// Puts an observation in the place of the earlier one of its subject.
            pub(super) fn replace(&mut self, update: Update) {
                match update {
                    $(Update::$id_1(seen) => self.$field_1 = seen,)*
                    $(Update::$id_2(from, seen) => self.path_mut(from).$field_2 = seen,)*
                    $(Update::$id_3(seen) => self.$field_3 = seen,)*
                    $(Update::$id_4(seen) => self.$field_4 = seen,)*
                    Update::Other(evidence) => self.take_evidence(evidence),
                }
            }

            /// Ends the look at `at`: what is still awaited becomes a time-out.
            pub fn expire(&mut self, at: Timestamp) {
                $(self.$field_1.expire(at);)*
                $(self.$field_3.expire(at);)*
                $(self.$field_4.expire(at);)*
                for from in Viewpoint::ALL {
                    $(self.path_mut(from).$field_2.expire(at);)*
                }
            }

            /// Takes every value that `newer` has seen; where it has none, the earlier value stays.
            pub fn keep_values_of(&mut self, newer: &Self) {
                $(self.$field_1.keep_value_of(&newer.$field_1);)*
                $(self.$field_3.keep_value_of(&newer.$field_3);)*
                $(self.$field_4.keep_value_of(&newer.$field_4);)*
                for from in Viewpoint::ALL {
                    $(self.path_mut(from).$field_2.keep_value_of(&newer.path(from).$field_2);)*
                }
            }

            /// Every observation that was made, one update each: applied to an empty snapshot they give this one again.
            pub fn updates(&self) -> Vec<Update> {
                let mut list = vec![
                    $(Update::$id_1(self.$field_1.clone()),)*
                    $(Update::$id_3(self.$field_3.clone()),)*
                    $(Update::$id_4(self.$field_4.clone()),)*
                ];
                for from in Viewpoint::ALL {
                    $(list.push(Update::$id_2(from, self.path(from).$field_2.clone()));)*
                }
                list.extend(self.others.iter().cloned().map(Update::Other));
                list
            }
        }

        impl Update {
            /// The check that this is an answer of.
            pub const fn probe(&self) -> ProbeId {
                match self {
                    $(Self::$id_1(_) => ProbeId::$id_1,)*
                    $(Self::$id_2(..) => ProbeId::$id_2,)*
                    $(Self::$id_3(_) => ProbeId::$id_3,)*
                    $(Self::$id_4(_) => ProbeId::$id_4,)*
                    Self::Other(_) => ProbeId::Container,
                }
            }

            /// The viewpoint of a step of the path to the license server; nothing for every other subject.
            pub const fn viewpoint(&self) -> Option<Viewpoint> {
                match self {
                    $(Self::$id_2(from, _) => Some(*from),)*
                    _ => None,
                }
            }

            /// An update that tells why there is no answer of this check. `from` counts for steps of the path alone.
            pub fn not_observed(id: ProbeId, from: Viewpoint, why: NotObserved) -> Self {
                match id {
                    $(ProbeId::$id_1 => Self::$id_1(why.into()),)*
                    $(ProbeId::$id_2 => Self::$id_2(from, why.into()),)*
                    $(ProbeId::$id_3 => Self::$id_3(why.into()),)*
                    $(ProbeId::$id_4 => Self::$id_4(why.into()),)*
                }
            }
        }
    };
}

subjects! {
    first {
        /// The container engine: reachable, which, version.
        Engine => engine: Engine, "engine", "Container engine";
        /// LocalStack's containers.
        Container => instances: Instances, "container", "LocalStack container", stored as "instances";
        /// The HTTP endpoint of LocalStack.
        Endpoint => endpoint: Endpoint, "endpoint", "LocalStack endpoint";
        /// The lines of the latest start.
        Logs => logs: LogDigest, "logs", "Start-up log";
        /// Every place a token can come from, on this machine and in the container.
        Credentials => credentials: Credentials, "credentials", "Credentials";
        /// Cached license files, on this machine and in the container.
        Cache => cache: Vec<CachedLicense>, "cache", "Cached license";
    }
    per viewpoint {
        /// Name resolution of the license host.
        Dns => dns: Dns, "dns", "DNS of the license host";
        /// Connections to the license host.
        Tcp => tcp: Tcp, "tcp", "Connection to the license host";
        /// The certificate that answers for the license host.
        Tls => tls: Tls, "tls", "Certificate of the license host";
        /// The license host's HTTP answer.
        Https => https: Https, "https", "Answer of the license host";
        /// Proxy variables, and whether the proxy lets connections through.
        Proxy => proxy: Proxy, "proxy", "Proxy";
    }
    last {
        /// The compose file behind the container.
        Compose => compose: ComposeFile, "compose", "Compose file";
    }
    on request {
        /// LocalStack's other hosts; looked at only when asked for, or when the log names one.
        Hosts => other_hosts: Vec<OtherHost>, "hosts", "Other hosts of LocalStack";
    }
}

impl ProbeId {
    /// The check of this name, if there is one.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().chain(Self::ON_REQUEST).find(|id| id.name() == name)
    }
}

impl std::fmt::Display for ProbeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl Snapshot {
    /// The path to the license server, seen from one viewpoint.
    pub const fn path(&self, from: Viewpoint) -> &ConnectionPath {
        match from {
            Viewpoint::Host => &self.host,
            Viewpoint::Container => &self.inside,
        }
    }

    const fn path_mut(&mut self, from: Viewpoint) -> &mut ConnectionPath {
        match from {
            Viewpoint::Host => &mut self.host,
            Viewpoint::Container => &mut self.inside,
        }
    }
}
