//! The rungs of the way to the license host, each as a mark and a few words.
//! Facts only: whether a rung holds is what its own observation says.

use crate::dashboard::theme::{Look, Role};
use crate::observations::{
    ConnectionPath, Dns, HttpBody, Https, HttpsVerdict, Observation, Proxy, SystemAnswer, Tcp, Tls, Trust, Tunnel,
};

/// Whether a rung holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It holds.
    Holds,
    /// It does not.
    Breaks,
    /// It does, oddly.
    Odd,
    /// Awaited.
    Awaited,
    /// Nobody asked, or it was not worth asking.
    Unasked,
}

/// One rung.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rung {
    /// Its name.
    pub(super) name: &'static str,
    /// Whether it holds.
    pub(super) outcome: Outcome,
    /// In a few words.
    pub(super) says: String,
    /// How long it took.
    pub(super) took_ms: Option<f64>,
}

impl Rung {
    /// Its glyph and role.
    pub(super) const fn mark(&self, look: &Look) -> (&'static str, Role) {
        match self.outcome {
            Outcome::Holds => (look.glyphs.good(), Role::Good),
            Outcome::Breaks => (look.glyphs.bad(), Role::Bad),
            Outcome::Odd => (look.glyphs.warn(), Role::Warn),
            Outcome::Awaited => (look.glyphs.pending(), Role::Unsure),
            Outcome::Unasked => (look.glyphs.skip(), Role::Quiet),
        }
    }
}

/// All rungs of one viewpoint, from the bottom.
pub(super) fn of(ladder: &ConnectionPath) -> [Rung; 5] {
    [
        rung("proxy", &ladder.proxy, proxy),
        rung("dns", &ladder.dns, dns),
        rung("tcp", &ladder.tcp, tcp),
        rung("tls", &ladder.tls, tls),
        rung("https", &ladder.https, |https| (answer_outcome(https), answer_words(https))),
    ]
}

fn rung<T>(name: &'static str, seen: &Observation<T>, judge: impl Fn(&T) -> (Outcome, String)) -> Rung {
    let (outcome, says) = match seen {
        Observation::NotAsked => (Outcome::Unasked, "not asked".to_owned()),
        Observation::Pending { .. } => (Outcome::Awaited, "no answer yet".to_owned()),
        Observation::Seen { value, .. } => judge(value),
        Observation::Failed { error, .. } => (Outcome::Breaks, error.detail.clone()),
        Observation::Skipped { because } => (Outcome::Unasked, format!("skipped: {because}")),
    };
    Rung { name, outcome, says, took_ms: seen.took_ms() }
}

fn proxy(proxy: &Proxy) -> (Outcome, String) {
    let Some(used) = &proxy.used else {
        return match &proxy.bypassed_by {
            Some(rule) => (Outcome::Odd, format!("passed by: {} has {}", rule.variable, rule.entry)),
            None => (Outcome::Holds, "none".to_owned()),
        };
    };
    if let Some(why) = &used.unparseable {
        return (Outcome::Breaks, format!("{}: {why}", used.variable));
    }
    let (outcome, words) = match &proxy.tunnel {
        None => (Outcome::Holds, "in use"),
        Some(Tunnel::Open) => (Outcome::Holds, "lets us through"),
        Some(Tunnel::Refused) => (Outcome::Breaks, "nobody listens"),
        Some(Tunnel::UnknownHost) => (Outcome::Breaks, "unknown host"),
        Some(Tunnel::AuthenticationRequired { .. }) => (Outcome::Breaks, "wants a password (407)"),
        Some(Tunnel::Denied { status }) => return (Outcome::Breaks, format!("denied ({status}) by {}", used.url)),
        Some(Tunnel::Timeout) => (Outcome::Breaks, "no answer"),
        Some(Tunnel::Failed { why }) => return (Outcome::Breaks, format!("{why} ({})", used.url)),
    };
    (outcome, format!("{words}: {}", used.url))
}

fn dns(dns: &Dns) -> (Outcome, String) {
    let addresses = dns.addresses();
    let failing = dns.resolvers.iter().find(|answer| answer.addresses().is_empty());
    match (addresses.as_slice(), failing) {
        ([one, rest @ ..], failing) => {
            let more = if rest.is_empty() { String::new() } else { format!(" +{}", rest.len()) };
            let outcome = if failing.is_some() { Outcome::Odd } else { Outcome::Holds };
            let but = failing.map(|f| format!(", but {} from {}", f.a.status.word(), f.server)).unwrap_or_default();
            (outcome, format!("{one}{more}{but}"))
        }
        ([], Some(failing)) => (Outcome::Breaks, format!("{} from {}", failing.a.status.word(), failing.server)),
        ([], None) => match &dns.system {
            Some(SystemAnswer::Failed { error, .. }) => (Outcome::Breaks, error.clone()),
            _ if dns.isolated => (Outcome::Breaks, "no network".to_owned()),
            _ => (Outcome::Breaks, "no address".to_owned()),
        },
    }
}

fn tcp(tcp: &Tcp) -> (Outcome, String) {
    let via = tcp.via_proxy.as_ref().map(|proxy| format!(" to {proxy}")).unwrap_or_default();
    let refused = tcp.attempts.iter().find(|a| a.outcome != crate::observations::TcpOutcome::Connected);
    match (tcp.connected(), refused) {
        (true, None) => (Outcome::Holds, format!("connected{via}")),
        (true, Some(other)) => {
            (Outcome::Holds, format!("connected{via}; {}: {}", other.address, other.outcome.words()))
        }
        (false, Some(other)) => (Outcome::Breaks, format!("{}: {}", other.address, other.outcome.words())),
        (false, None) => (Outcome::Breaks, "nothing to connect to".to_owned()),
    }
}

fn tls(tls: &Tls) -> (Outcome, String) {
    if let Some(fault) = &tls.fault {
        return (Outcome::Breaks, fault.words().to_owned());
    }
    let issuer = tls.chain.first().map(|leaf| leaf.issuer.as_str()).unwrap_or_default();
    // The bundle that a variable names is the one that LocalStack trusts by.
    match tls.bundle.as_ref().map(|bundle| (&bundle.verdict, &bundle.variable)) {
        Some((Ok(Trust::Trusted), variable)) => {
            return (Outcome::Holds, format!("issued by {issuer}: trusted by {variable}"));
        }
        Some((Ok(Trust::Untrusted { fault }), variable)) => {
            return (Outcome::Breaks, format!("issued by {issuer}: {} ({variable})", fault.words()));
        }
        _ => {}
    }
    match (&tls.mozilla, &tls.system) {
        (Trust::Untrusted { fault }, Trust::Trusted) => {
            (Outcome::Odd, format!("issued by {issuer}: trusted here, not by LocalStack ({})", fault.words()))
        }
        (Trust::Untrusted { fault }, _) | (_, Trust::Untrusted { fault }) => {
            (Outcome::Breaks, format!("issued by {issuer}: {}", fault.words()))
        }
        _ => (Outcome::Holds, format!("issued by {issuer}")),
    }
}

fn answer_outcome(https: &Https) -> Outcome {
    match https.verdict() {
        HttpsVerdict::Intercepted => Outcome::Odd,
        HttpsVerdict::Limited | HttpsVerdict::Failing => Outcome::Breaks,
        HttpsVerdict::Fine | HttpsVerdict::Refused => Outcome::Holds,
    }
}

/// An HTTP answer in a few words.
pub(super) fn answer_words(https: &Https) -> String {
    let what = match &https.body {
        HttpBody::Plain => String::new(),
        HttpBody::Json => ", JSON".to_owned(),
        HttpBody::Html { title } => format!(", a page titled \"{title}\""),
        HttpBody::Redirect { to_host } => format!(", sent on to {to_host}"),
    };
    let server = https.server.as_ref().map(|server| format!(", server {server}")).unwrap_or_default();
    format!("{}{what}{server}", https.status)
}
