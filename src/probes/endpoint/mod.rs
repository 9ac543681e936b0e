//! Asks LocalStack's endpoint what it is: `/_localstack/health` and `/_localstack/info`, by GET, and nothing else.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::header::HeaderValue;
use reqwest::{Client, Response, Url};

use super::answer;
use super::context::Context;
use super::sources::types::Route;
use crate::observations::{Answer, DEFAULT_ENDPOINT, Endpoint, Health, Info, StartId, host_of};
use crate::scrub::Scrubber;

mod fault;
mod lookalikes;
mod reply;
mod saved;

use fault::{Fault, fault};
use reply::Reply;
pub use reply::{read_health, read_info};
pub(crate) use saved::read_saved;

/// Health lists some 130 services in 4 KB.
const LARGEST_HEALTH: usize = 256 << 10;
/// Info has 300 bytes.
const LARGEST_INFO: usize = 64 << 10;
/// A connection that takes longer is dropped on the way; what is left of the time is the answer's.
const CONNECT_SHARE: f64 = 0.8;
/// The `User-Agent` of lsdoctor's requests.
const USER_AGENT: &str = concat!("lsdoctor/", env!("CARGO_PKG_VERSION"));

/// The instance whose endpoint is asked, and the way to it.
#[derive(Debug, Clone)]
pub struct Instance {
    /// Its name.
    pub name: String,
    /// Its present start.
    pub start: StartId,
    /// Where its endpoint can be reached.
    pub route: Route,
}

/// The URL of this instance's endpoint, if it can be reached and the user named no other endpoint.
pub fn own_url<'a>(context: &Context, instance: &'a Instance) -> Option<&'a str> {
    if context.endpoint.is_some() { None } else { instance.route.url() }
}

/// Why this endpoint must not be asked, if it must not.
pub fn forbidden(context: &Context, instance: Option<&Instance>) -> Option<String> {
    let (url, _) = choose(context, instance);
    reach(context, &url).err().map(|why| context.scrubber.text(&why))
}

/// What answers at the endpoint.
///
/// # Errors
/// Never for a silent or strange endpoint: that is an answer.
pub async fn observe(context: &Context, instance: Option<&Instance>) -> answer::Answer<Endpoint> {
    let (url, chosen_by) = choose(context, instance);
    let shown = shown(&url, &context.scrubber);
    let mut endpoint = Endpoint { url: shown, chosen_by, ..Endpoint::default() };
    let asked = match permitted(context, &url) {
        Ok(asked) => asked,
        Err(why) => {
            endpoint.answer = Answer::Unreachable { why: context.scrubber.text(&why) };
            return Ok(endpoint);
        }
    };
    let (health, info) =
        tokio::join!(asked.get("/_localstack/health", LARGEST_HEALTH), asked.get("/_localstack/info", LARGEST_INFO));
    endpoint.health = health.as_ref().ok().and_then(|r| r.health(&context.scrubber));
    endpoint.info = info.as_ref().ok().and_then(|r| r.info(&context.scrubber));
    let usable = endpoint.health.is_some() || endpoint.info.is_some();
    endpoint.answer = match (health, info) {
        // The first to answer at all tells what it is; LocalStack's mark on either of them decides.
        (Ok(_), Ok(info)) if info.is_marked() && !usable => info.judge(usable, &context.scrubber),
        (Ok(reply), _) | (Err(_), Ok(reply)) => reply.judge(usable, &context.scrubber),
        (Err(a), Err(b)) => a.min(b).into_answer(&asked.base, &context.scrubber).await,
    };
    Ok(endpoint)
}

/// A lighter look, for those who look again and again: `/_localstack/health` alone, which leaves no trace in LocalStack's log.
pub async fn poll_health(context: &Context, url: &str) -> (Answer, Option<Health>) {
    let asked = match permitted(context, url) {
        Ok(asked) => asked,
        Err(why) => return (Answer::Unreachable { why: context.scrubber.text(&why) }, None),
    };
    match asked.get("/_localstack/health", LARGEST_HEALTH).await {
        Ok(reply) => {
            let health = reply.health(&context.scrubber);
            (reply.judge(health.is_some(), &context.scrubber), health)
        }
        Err(fault) => (fault.into_answer(&asked.base, &context.scrubber).await, None),
    }
}

/// Asks `/_localstack/info` alone: what decides while nothing else does. LocalStack notes each request in its log.
pub async fn poll_info(context: &Context, url: &str) -> Option<Info> {
    let reply = permitted(context, url).ok()?.get("/_localstack/info", LARGEST_INFO).await.ok()?;
    read_info(&reply.body, &context.scrubber)
}

fn permitted(context: &Context, url: &str) -> Result<Asked, String> {
    reach(context, url)?;
    Asked::new(url, context.limits.timeout)
}

/// Offline, a private address may be a container's own; a name would have to be looked up.
fn reach(context: &Context, url: &str) -> Result<(), String> {
    let host = host_of(url);
    let private = match host.parse() {
        Ok(IpAddr::V4(ip)) => ip.is_private(),
        Ok(IpAddr::V6(ip)) => ip.is_unique_local(),
        Err(_) => false,
    };
    if !private && !context.permits(&host) {
        return Err(format!("{host} is not this machine, and nothing else is asked (--offline)"));
    }
    Ok(())
}

/// The URL to ask, and why this one.
fn choose(context: &Context, instance: Option<&Instance>) -> (String, String) {
    if let Some(named) = &context.endpoint {
        let from = |variable: &str| context.host.var(variable) == Some(named.as_str());
        let by = ["LSTK_ENDPOINT_URL", "AWS_ENDPOINT_URL"].into_iter().find(|v| from(v)).unwrap_or("--endpoint-url");
        return (named.clone(), by.to_owned());
    }
    match instance.map(|instance| (&instance.route, &instance.name)) {
        Some((Route::Port(url), name)) => (url.clone(), format!("port published by {name}")),
        Some((Route::Address(url), name)) => (url.clone(), format!("address of {name}")),
        Some((Route::None, _)) | None => (DEFAULT_ENDPOINT.to_owned(), "default".to_owned()),
    }
}

fn shown(url: &str, scrubber: &Scrubber) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    scrubber.text(format!("{scheme}://{place}").trim_end_matches('/'))
}

/// An endpoint that can be asked.
struct Asked {
    client: Client,
    base: Url,
    limit: Duration,
}

impl Asked {
    /// A client without proxy, redirects and roots: LocalStack is near, and its certificate is its own.
    fn new(url: &str, limit: Duration) -> Result<Self, String> {
        let text = if url.contains("://") { url.trim().to_owned() } else { format!("http://{}", url.trim()) };
        let mut base = Url::parse(&text).map_err(|e| format!("the endpoint's URL cannot be read: {e}"))?;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none() {
            return Err(format!("the endpoint's URL has the scheme `{}`, neither http nor https", base.scheme()));
        }
        // A user name in the URL would be sent along.
        let _ = base.set_username("");
        let _ = base.set_password(None);
        base.set_query(None);
        base.set_fragment(None);
        // Fails where it is done already, by us or by another client.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // Whatever the hosts file says or lacks: both families, the usual one first.
        let local = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
        let client = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .user_agent(USER_AGENT)
            .connect_timeout(limit.mul_f64(CONNECT_SHARE))
            .tls_certs_only([])
            .tls_danger_accept_invalid_certs(true)
            .resolve_to_addrs("localhost", &local)
            .build()
            .map_err(|e| format!("no client could be made: {e}"))?;
        Ok(Self { client, base, limit })
    }

    async fn get(&self, path: &str, largest: usize) -> Result<Reply, Fault> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        let deadline = tokio::time::Instant::now() + self.limit;
        let sent = tokio::time::timeout_at(deadline, self.client.get(url).send()).await;
        let mut response = sent.map_err(|_| Fault::Hung)?.map_err(|e| fault(&e, &self.base))?;
        let mut reply = Reply { status: response.status().as_u16(), headers: headers(&response), body: Vec::new() };
        // An answer that drips or never ends is cut where patience or space does.
        while let Ok(Ok(Some(chunk))) = tokio::time::timeout_at(deadline, response.chunk()).await {
            let room = largest.saturating_sub(reply.body.len());
            reply.body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
            if reply.body.len() >= largest {
                break;
            }
        }
        Ok(reply)
    }
}

/// The headers of an answer, names in lower case.
fn headers(response: &Response) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect()
}
