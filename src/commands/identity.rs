//! The names of this machine and its user, for the commands that hide them (`--anonymize`).

use crate::diagnosis::Catalogue;
use crate::probes;
use crate::probes::Context;
use crate::views::anonymous::{Anonymous, Identity};

/// Bytes of `/etc/hostname` at most.
const LONGEST_NAME: u64 = 1_024;

/// Prepares an anonymizer that knows the names of this machine and its user.
pub(super) fn anonymous(context: &Context, catalogue: &Catalogue) -> Anonymous {
    let host = &context.host;
    let set = |names: &[&str]| names.iter().filter_map(|n| host.var(n)).map(str::to_owned).collect::<Vec<_>>();
    let mut hosts = set(&["HOSTNAME", "HOST", "COMPUTERNAME"]);
    let named = probes::host::read_bounded(&host.path("/etc/hostname"), LONGEST_NAME);
    hosts.extend(named.ok().map(|name| String::from_utf8_lossy(&name).trim().to_owned()));
    let mut users = set(&["USER", "LOGNAME", "USERNAME", "SUDO_USER"]);
    users.extend(host.home.as_ref().and_then(|h| Some(h.file_name()?.to_string_lossy().into_owned())));
    let directories = host.home.iter().chain([&host.cwd]).map(|path| path.to_string_lossy().into_owned()).collect();
    let products = catalogue.lexicon.interceptors.iter().flat_map(|product| product.issuers.clone()).collect();
    Anonymous::new(&Identity { hosts, users, directories }, products)
}
