//! Facts: each a question to the snapshot, answered with evidence or not at all. Clauses of the catalogue name them.
//! What follows from a fact is not said here.

mod compose;
mod container;
mod context;
mod credentials;
mod dns;
mod endpoint;
mod engine;
mod image;
mod log;
mod machine;
mod network;
mod path;
mod proxy;
mod tls;

use serde::Deserialize;

use super::answer::Evidence;

pub(super) use container::stopped;
pub(super) use context::fact;
pub use context::{FactContext, Tier};
pub(super) use path::effective_path;
pub(super) use tls::distrusted;

macro_rules! facts {
    ($($(#[$meta:meta])+ $name:ident => $tier:ident, $ask:expr;)+) => {
        /// A fact that can be seen or not; in the catalogue by its name in kebab case.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Fact { $($(#[$meta])+ $name),+ }

        impl Fact {
            /// All facts.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// What kind of evidence it is.
            pub const fn tier(self) -> Tier {
                match self { $(Self::$name => Tier::$tier),+ }
            }

            /// The evidence for it, if it holds.
            pub fn evidence(self, cx: &FactContext<'_>) -> Option<Evidence> {
                match self { $(Self::$name => ($ask)(cx)),+ }
            }
        }
    };
}

facts! {
    /// LocalStack itself says that its license is activated.
    InfoActivated => Info, endpoint::info_activated;
    /// LocalStack itself says that its license is not activated.
    InfoNotActivated => Info, endpoint::info_not_activated;
    /// LocalStack itself says that it is the community edition.
    EditionCommunity => Info, |v| endpoint::edition(v, "community");
    /// LocalStack itself says that it is the pro edition.
    EditionPro => Info, |v| endpoint::edition(v, "pro");
    /// LocalStack does not know its edition: a process without a container.
    EditionUnknown => Info, |v| endpoint::edition(v, "unknown");
    /// LocalStack answers at the endpoint.
    EndpointAnswers => Info, endpoint::endpoint_answers;
    /// Something answers there that is not LocalStack.
    EndpointOther => State, endpoint::endpoint_other;
    /// The endpoint is answered by a program that is known to take LocalStack's place.
    EndpointLookalike => State, endpoint::endpoint_lookalike;
    /// LocalStack answers with an HTTP error.
    EndpointError => State, endpoint::endpoint_error;
    /// The endpoint cannot be reached: refused, hung, closed or no way there.
    EndpointUnreachable => State, endpoint::endpoint_unreachable;
    /// Something accepts connections at the endpoint, and gives no answer.
    EndpointSilent => State, endpoint::endpoint_silent;
    /// Nobody listens at the endpoint.
    EndpointRefused => State, endpoint::endpoint_refused;
    /// It ended with exit code 55, LocalStack's own for a license failure.
    #[serde(rename = "exit-55")]
    Exit55 => State, container::exit_55;
    /// It ended with another exit code that is not a plain stop.
    ExitFailure => State, container::exit_failure;
    /// It ended with the exit code that failures of the license and others share, and no log tells which.
    ExitAmbiguous => State, container::exit_ambiguous;
    /// It was stopped: ended without an error.
    Stopped => State, container::stopped;
    /// The kernel ended it for want of memory.
    OomKilled => State, container::oom_killed;
    /// The container runs.
    ContainerRunning => State, container::container_running;
    /// The container is frozen.
    ContainerPaused => State, container::container_paused;
    /// The container was created and never started.
    ContainerCreated => State, container::container_created;
    /// A restart policy starts it again and again.
    Restarting => State, container::restarting;
    /// It was activated before, and the engine restarts it again and again.
    CrashLoop => State, container::crash_loop;
    /// The container is being removed.
    ContainerRemoving => State, container::container_removing;
    /// No container is there, and the engine still remembers one that was.
    InstanceGone => State, container::instance_gone;
    /// The endpoint is the container's own port or address.
    EndpointOwn => State, endpoint::endpoint_own;
    /// A container was seen.
    ContainerKnown => State, container::container_known;
    /// No LocalStack container is there.
    ContainerAbsent => State, container::container_absent;
    /// The container that was named is not there.
    NamedMissing => State, container::named_missing;
    /// The container that was named is none of LocalStack's.
    NamedForeign => Info, container::named_foreign;
    /// No container engine answers.
    EngineMissing => State, container::engine_missing;
    /// A container that was removed had ended with 55.
    #[serde(rename = "vanished-55")]
    Vanished55 => State, |v| container::vanished(v, true);
    /// A container that was removed had ended otherwise.
    VanishedOtherwise => State, |v| container::vanished(v, false);
    /// The engine could not bind a port for it.
    PortTaken => State, container::port_taken;
    /// It publishes no port for the endpoint.
    PortUnpublished => State, container::port_unpublished;
    /// It was started a short while ago.
    Young => State, container::young;
    /// The engine removes it when it ends.
    AutoRemove => State, container::auto_remove;
    /// A CI service runs this.
    Ci => State, machine::ci;
    /// The CI service withholds secrets from this run.
    CiWithoutSecrets => State, machine::ci_without_secrets;
    /// The log has a start-up banner.
    LogBanner => Log, log::banner;
    /// The log shows a request that was served.
    LogServed => Log, log::served;
    /// The log says that the gateway opened.
    LogOpened => Log, log::opened;
    /// The log ends in an error that nobody has a phrase for.
    LogError => Log, log::error;
    /// The log quotes a page for people that names a product which stands between.
    LogBlockPage => Log, network::log_block_page;
    /// No line of a log was seen.
    LogAbsent => State, log::absent;
    /// The engine keeps no log of it.
    LogUnreadable => State, log::unreadable;
    /// The engine or the cluster says why the container cannot be started.
    StartError => State, container::start_error;
    /// The Secret that the token is to come from does not exist.
    SecretAbsent => State, credentials::secret_absent;
    /// `ACTIVATE_PRO` is off in its environment.
    ActivateProOff => State, container::activate_pro_off;
    /// An image that always activates: `-pro`, Snowflake.
    ImagePro => State, image::image_pro;
    /// An image that cannot activate: `localstack/localstack` from 2.0 to before 2026.3.
    ImageCommunity => State, image::image_community;
    /// The unified image, from 2026.3 on.
    ImageUnified => State, image::image_unified;
    /// `localstack/localstack` before 2.0, where an API key could activate.
    ImageLegacy => State, image::image_legacy;
    /// `localstack/localstack` of a version that is not known.
    ImageAmbiguous => State, image::image_ambiguous;
    /// A pro image before 3.0, which knows only the API key.
    ImageKeyOnly => State, image::image_key_only;
    /// LocalStack 2026.3 or later.
    #[serde(rename = "version-2026")]
    Version2026 => State, image::version_2026;
    /// Nothing tells LocalStack's version.
    VersionUnknown => State, image::version_unknown;
    /// No token and no key is in its environment.
    TokenMissing => State, credentials::missing;
    /// The variable is there, with nothing in it.
    TokenBlank => State, credentials::blank;
    /// A token or key is there.
    TokenPresent => State, credentials::present;
    /// An auth token is there, and no API key.
    TokenOnly => State, credentials::token_only;
    /// The token's shape is wrong.
    TokenMalformed => State, credentials::malformed;
    /// The token's shape is right.
    TokenWellFormed => State, credentials::well_formed;
    /// The token's prefix is newer than this LocalStack.
    TokenPrefixTooNew => State, credentials::prefix_too_new;
    /// The token that an image carries beats the user's.
    TokenOverride => State, credentials::overridden;
    /// Token and API key are both set.
    TokenAndKey => State, credentials::conflict;
    /// A variable has a name that is almost right.
    MisspeltVariable => State, credentials::misspelt;
    /// The host has a token.
    HostHasToken => State, credentials::on_host;
    /// The host's token has a wrong shape.
    HostTokenMalformed => State, credentials::host_malformed;
    /// The host has a token and an API key, and passes both on.
    HostTokenAndKey => State, credentials::host_conflict;
    /// The host's token is another than the container's.
    HostTokenDiffers => State, credentials::differs;
    /// A credential lies where others can read it.
    TokenExposed => State, credentials::exposed;
    /// A cached license has expired.
    CacheExpired => State, credentials::cache_expired;
    /// A cached license has a status that is not ACTIVE.
    CacheInactive => State, credentials::cache_inactive;
    /// A cached license cannot be read.
    CacheCorrupt => State, credentials::cache_corrupt;
    /// A cached license was made for another version of LocalStack.
    CacheOtherVersion => State, credentials::cache_other_version;
    /// The compose file has a fault.
    ComposeFault => State, compose::fault;
    /// The compose file requires a variable that is not set.
    ComposeVariableUnset => State, compose::variable_unset;
    /// The compose file has no service that runs LocalStack.
    ComposeNoService => State, compose::no_service;
    /// The engine uses a proxy, which the container does not get.
    DaemonProxyNotInside => State, engine::daemon_proxy_not_inside;
    /// Docker's client has a proxy for containers, which this one did not get.
    ClientProxyNotInside => State, engine::client_proxy_not_inside;
    /// A compose file has a service that runs LocalStack.
    ComposeService => State, compose::with_service;
    /// The compose file as it stands would not lead to an activated LocalStack.
    ComposeFlawed => State, compose::flawed;
    /// Nothing of the compose file runs, and what it would give to LocalStack keeps it from being activated.
    ComposeBlocks => State, compose::blocks;
    /// The compose file leaves LocalStack no network that leads to the license server.
    ComposeIsolated => State, compose::isolated;
    /// The compose file passes no token to an image that wants one, or one that comes to nothing.
    ComposeTokenMissing => State, compose::token_missing;
    /// The compose file passes on a token whose shape is wrong.
    ComposeTokenMalformed => State, compose::token_malformed;
    /// The compose file sets token and API key.
    ComposeTokenAndKey => State, compose::token_and_key;
    /// The compose file passes a token to an image that cannot be activated.
    ComposeImageWithoutActivation => State, compose::image_without_activation;
    /// The compose file passes a token to an image that knows only the API key.
    ComposeImageKeyOnly => State, compose::image_key_only;
    /// The compose file does not publish LocalStack's port.
    ComposePortUnpublished => State, compose::port_unpublished;
    /// The compose file keeps no license for the next container.
    ComposeCacheLost => State, compose::cache_lost;
    /// The license host's name does not resolve.
    DnsFailed => Probe, dns::dns_failed;
    /// The container has no network.
    DnsIsolated => Probe, dns::dns_isolated;
    /// The license host's name leads nowhere, to this machine, or to a filter's block page.
    DnsSinkhole => Probe, dns::dns_sinkhole;
    /// The hosts file has the license host's name.
    HostsEntry => Probe, dns::hosts_entry;
    /// Resolvers disagree.
    DnsDisagree => Probe, dns::dns_disagree;
    /// The system knows the name, and none of its resolvers does.
    DnsSystemOnly => Probe, dns::dns_system_only;
    /// The license host's name leads into a private network.
    DnsPrivate => Probe, dns::dns_private;
    /// No address of the license host can be connected to.
    TcpFailed => Probe, network::tcp_failed;
    /// IPv6 fails where IPv4 works.
    #[serde(rename = "ipv6-broken")]
    Ipv6Broken => Probe, network::ipv6_broken;
    /// The license host's certificate is not trusted, by anyone or by LocalStack's bundle.
    TlsFailed => Probe, tls::tls_failed;
    /// Its issuer is a known interceptor.
    TlsIntercepted => Probe, tls::tls_intercepted;
    /// Trusted by this machine, and not by Mozilla's roots that LocalStack uses.
    TlsTrustedHereOnly => Probe, tls::tls_trusted_here_only;
    /// The certificate is out of its time, or the clock is wrong.
    TlsOutOfTime => Probe, tls::out_of_time;
    /// The certificate is another host's.
    TlsWrongName => Probe, tls::wrong_name;
    /// The handshake failed before any certificate.
    TlsHandshake => Probe, tls::tls_handshake;
    /// A CA of the chain lacks what Python 3.13 wants of it.
    TlsLaxCa => Probe, tls::tls_lax_ca;
    /// The bundle that a variable names cannot be used.
    TlsBundleUnusable => Probe, tls::tls_bundle_unusable;
    /// Connected, and no usable answer.
    HttpsFailed => Probe, network::https_failed;
    /// A page for people answers in the license server's place.
    PortalAnswers => Probe, network::portal;
    /// The license server answers with an error.
    ServerFails => Probe, network::server_fails;
    /// The license server answers, by LocalStack's own way.
    ServerReachable => Probe, network::server_reachable;
    /// This machine reaches the license server, and the container does not.
    ContainerAlone => Probe, network::container_alone;
    /// The container reaches the license server, and this machine does not.
    HostAlone => Probe, network::host_alone;
    /// Another host of LocalStack's cannot be reached.
    OtherHostFails => Probe, network::other_host_fails;
    /// The proxy does not let the connection through.
    ProxyFailed => Probe, proxy::proxy_failed;
    /// The proxy wants credentials.
    ProxyWantsCredentials => Probe, proxy::proxy_wants_credentials;
    /// A proxy is set, for LocalStack or at least on this machine.
    ProxyUsed => Probe, proxy::proxy_used;
    /// The proxy is a SOCKS proxy.
    ProxySocks => Probe, proxy::proxy_socks;
    /// NO_PROXY keeps the license host from the proxy.
    NoProxySwallows => Probe, proxy::no_proxy_swallows;
    /// A proxy is set on this machine, and none in the container.
    ProxyOnHostOnly => Probe, proxy::proxy_on_host_only;
    /// A proxy is set in the container, and none on this machine.
    ProxyInContainerOnly => Probe, proxy::proxy_in_container_only;
}
