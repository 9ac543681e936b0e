//! The steps of a network path to the license server, each as a mark and a few words.
//! Whether a step holds is said by the diagnosis; the words are those of the observation.

use super::pieces::check_mark;
use crate::dashboard::theme::{Look, Role};
use crate::diagnosis::{CheckStatus, path_statuses};
use crate::observations::{
    ConnectionPath, Dns, HttpBody, Https, Observation, Proxy, SystemAnswer, Tcp, Tls, Trust, Tunnel,
};

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step {
    /// Its name.
    pub(super) name: &'static str,
    /// Whether it holds.
    pub(super) status: CheckStatus,
    /// What was observed, in a few words.
    pub(super) says: String,
    /// The time it took, in milliseconds.
    pub(super) took_ms: Option<f64>,
}

impl Step {
    /// Its sign and color.
    pub(super) fn mark(&self, look: &Look) -> (&'static str, Role) {
        let (sign, _, role) = check_mark(look, self.status);
        (sign, role)
    }
}

/// Every step of one viewpoint, in the order in which a connection takes them.
pub(super) fn of(path: &ConnectionPath) -> [Step; 5] {
    let words = [
        step(&path.proxy, proxy),
        step(&path.dns, dns),
        step(&path.tcp, tcp),
        step(&path.tls, tls),
        step(&path.https, answer_words),
    ];
    let mut words = words.into_iter();
    path_statuses(path).map(|(id, status)| {
        let (says, took_ms) = words.next().unwrap_or_default();
        Step { name: id.name(), status, says, took_ms }
    })
}

fn step<T>(seen: &Observation<T>, words: impl Fn(&T) -> String) -> (String, Option<f64>) {
    let says = match seen {
        Observation::NotAsked => "not checked".to_owned(),
        Observation::Pending { .. } => "no answer yet".to_owned(),
        Observation::Seen { value, .. } => words(value),
        Observation::Failed { error, .. } => error.detail.clone(),
        Observation::Skipped { because } => format!("skipped: {because}"),
    };
    (says, seen.took_ms())
}

fn proxy(proxy: &Proxy) -> String {
    let Some(used) = &proxy.used else {
        return match &proxy.bypassed_by {
            Some(rule) => format!("not used: {} contains {}", rule.variable, rule.entry),
            None => "none".to_owned(),
        };
    };
    if let Some(why) = &used.unparseable {
        return format!("{}: {why}", used.variable);
    }
    let words = match &proxy.tunnel {
        None => "in use",
        Some(Tunnel::Open) => "opens the tunnel",
        Some(Tunnel::Refused) => "connection refused",
        Some(Tunnel::UnknownHost) => "unknown host",
        Some(Tunnel::AuthenticationRequired { .. }) => "requires a login (407)",
        Some(Tunnel::Denied { status }) => return format!("denied ({status}) by {}", used.url),
        Some(Tunnel::Timeout) => "no answer",
        Some(Tunnel::Failed { why }) => return format!("{why} ({})", used.url),
    };
    format!("{words}: {}", used.url)
}

fn dns(dns: &Dns) -> String {
    let addresses = dns.addresses();
    let failing = dns.resolvers.iter().find(|answer| answer.addresses().is_empty());
    match (addresses.as_slice(), failing) {
        ([one, rest @ ..], failing) => {
            let more = if rest.is_empty() { String::new() } else { format!(" +{}", rest.len()) };
            let but = failing.map(|f| format!(", but {} from {}", f.a.status.word(), f.server)).unwrap_or_default();
            format!("{one}{more}{but}")
        }
        ([], Some(failing)) => format!("{} from {}", failing.a.status.word(), failing.server),
        ([], None) => match &dns.system {
            Some(SystemAnswer::Failed { error, .. }) => error.clone(),
            _ if dns.isolated => "no network".to_owned(),
            _ => "no address".to_owned(),
        },
    }
}

fn tcp(tcp: &Tcp) -> String {
    let via = tcp.via_proxy.as_ref().map(|proxy| format!(" to {proxy}")).unwrap_or_default();
    let refused = tcp.attempts.iter().find(|a| a.outcome != crate::observations::TcpOutcome::Connected);
    match (tcp.connected(), refused) {
        (true, None) => format!("connected{via}"),
        (true, Some(other)) => {
            format!("connected{via}; {}: {}", other.address, other.outcome.words())
        }
        (false, Some(other)) => format!("{}: {}", other.address, other.outcome.words()),
        (false, None) => "no address to connect to".to_owned(),
    }
}

fn tls(tls: &Tls) -> String {
    if let Some(fault) = &tls.fault {
        return fault.words().to_owned();
    }
    let issuer = tls.chain.first().map(|leaf| leaf.issuer.as_str()).unwrap_or_default();
    // The bundle that a variable names is the one that LocalStack trusts by.
    match tls.bundle.as_ref().map(|bundle| (&bundle.verdict, &bundle.variable)) {
        Some((Ok(Trust::Trusted), variable)) => {
            return format!("issued by {issuer}: trusted by {variable}");
        }
        Some((Ok(Trust::Untrusted { fault }), variable)) => {
            return format!("issued by {issuer}: {} ({variable})", fault.words());
        }
        _ => {}
    }
    match (&tls.mozilla, &tls.system) {
        (Trust::Untrusted { fault }, Trust::Trusted) => {
            format!("issued by {issuer}: trusted here, not by LocalStack ({})", fault.words())
        }
        (Trust::Untrusted { fault }, _) | (_, Trust::Untrusted { fault }) => {
            format!("issued by {issuer}: {}", fault.words())
        }
        _ => format!("issued by {issuer}"),
    }
}

/// An HTTP answer in a few words.
pub(super) fn answer_words(https: &Https) -> String {
    let what = match &https.body {
        HttpBody::Plain => String::new(),
        HttpBody::Json => ", JSON".to_owned(),
        HttpBody::Html { title } => format!(", a page titled \"{title}\""),
        HttpBody::Redirect { to_host } => format!(", redirected to {to_host}"),
    };
    let server = https.server.as_ref().map(|server| format!(", server {server}")).unwrap_or_default();
    format!("{}{what}{server}", https.status)
}
