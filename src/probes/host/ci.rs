//! The CI service that runs this program, and whether it withholds secrets from this run. Told by the service's variables.

use std::path::Path;

use super::Host;
use super::file::read_bounded;
use crate::observations::Ci;

impl Host {
    /// The CI service, as its variables tell.
    pub fn ci(&self) -> Option<Ci> {
        const SERVICES: [(&str, &str); 8] = [
            ("GITHUB_ACTIONS", "GitHub Actions"),
            ("GITLAB_CI", "GitLab CI"),
            ("CIRCLECI", "CircleCI"),
            ("JENKINS_URL", "Jenkins"),
            ("BITBUCKET_BUILD_NUMBER", "Bitbucket Pipelines"),
            ("TF_BUILD", "Azure Pipelines"),
            ("TRAVIS", "Travis CI"),
            ("CI", "a CI service"),
        ];
        let (_, name) =
            SERVICES.into_iter().find(|(variable, _)| self.var(variable).is_some_and(|v| v != "false" && v != "0"))?;
        Some(Ci { name: name.to_owned(), without_secrets: self.secrets_withheld() })
    }

    fn secrets_withheld(&self) -> Option<String> {
        if self.var("GITHUB_ACTOR") == Some("dependabot[bot]") {
            return Some("runs started by Dependabot get no repository secrets".to_owned());
        }
        let fork = |source: &str, target: &str| match (self.var(source), self.var(target)) {
            (Some(a), Some(b)) => a != b,
            _ => false,
        };
        if self.var("GITHUB_EVENT_NAME") == Some("pull_request")
            && self.var("GITHUB_ACTIONS").is_some()
            && self.github_fork()
        {
            return Some("pull requests from forks get no repository secrets".to_owned());
        }
        if fork("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", "CI_MERGE_REQUEST_PROJECT_PATH") {
            return Some("merge requests from forks get no protected variables".to_owned());
        }
        if self.var("CIRCLE_PR_USERNAME").is_some() {
            return Some("pull requests from forks get no secrets unless the project allows it".to_owned());
        }
        if self.var("TRAVIS_SECURE_ENV_VARS") == Some("false") {
            return Some("this build has no encrypted variables".to_owned());
        }
        (self.var("SYSTEM_PULLREQUEST_ISFORK").is_some_and(|v| v.eq_ignore_ascii_case("true")))
            .then(|| "builds of forks get no secrets unless the pipeline allows it".to_owned())
    }

    /// The event file of GitHub Actions names the head repository; read at most 1 MiB of it.
    fn github_fork(&self) -> bool {
        let Some(path) = self.var("GITHUB_EVENT_PATH") else { return false };
        let Ok(text) = read_bounded(Path::new(path), 1 << 20) else { return false };
        let Ok(event) = serde_json::from_slice::<serde_json::Value>(&text) else { return false };
        event.pointer("/pull_request/head/repo/fork").and_then(serde_json::Value::as_bool).unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_ci_service_is_known_by_its_variables_and_a_plain_shell_is_none() {
        assert_eq!(Host::default().ci(), None);
        for (variable, value, name) in [
            ("GITHUB_ACTIONS", "true", Some("GitHub Actions")),
            ("GITLAB_CI", "true", Some("GitLab CI")),
            ("CIRCLECI", "true", Some("CircleCI")),
            ("JENKINS_URL", "http://ci/", Some("Jenkins")),
            ("BITBUCKET_BUILD_NUMBER", "7", Some("Bitbucket Pipelines")),
            ("TF_BUILD", "True", Some("Azure Pipelines")),
            ("TRAVIS", "true", Some("Travis CI")),
            ("CI", "1", Some("a CI service")),
            ("CI", "false", None),
            ("CI", "", None),
        ] {
            let env = [("CI", "true"), (variable, value)].map(|(n, v)| (n.to_owned(), v.to_owned()));
            let ci = Host { env: env.into(), ..Host::default() }.ci();
            assert_eq!(ci.as_ref().map(|ci| ci.name.as_str()), name, "{variable}={value}");
            assert_eq!(ci.and_then(|ci| ci.without_secrets), None, "{variable}");
        }
    }

    #[test]
    fn runs_that_get_no_secrets_are_known_and_others_are_not_suspected() {
        let folder = tempfile::tempdir().unwrap();
        let event = |fork: bool| {
            let path = folder.path().join(format!("{fork}.json"));
            std::fs::write(&path, format!(r#"{{"pull_request": {{"head": {{"repo": {{"fork": {fork}}}}}}}}}"#))
                .unwrap();
            path.display().to_string()
        };
        let github = |rest: &[(&str, &str)]| -> Vec<(String, String)> {
            let own = [("GITHUB_ACTIONS", "true"), ("GITHUB_ACTOR", "someone")];
            own.iter().chain(rest).map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
        };
        let plain = |rest: &[(&str, &str)]| -> Vec<(String, String)> {
            rest.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
        };
        let (fork, own) = (event(true), event(false));
        let pull = |path: &str| github(&[("GITHUB_EVENT_NAME", "pull_request"), ("GITHUB_EVENT_PATH", path)]);
        let merge = |source: &str| {
            let target = ("CI_MERGE_REQUEST_PROJECT_PATH", "corp/app");
            plain(&[("GITLAB_CI", "true"), ("CI_MERGE_REQUEST_SOURCE_PROJECT_PATH", source), target])
        };
        for (env, says) in [
            (github(&[("GITHUB_ACTOR", "dependabot[bot]")]), Some("Dependabot")),
            (pull(&fork), Some("forks")),
            (pull(&own), None),
            (pull("/nonexistent"), None),
            (github(&[("GITHUB_EVENT_NAME", "push"), ("GITHUB_EVENT_PATH", &fork)]), None),
            (merge("someone/app"), Some("forks")),
            (merge("corp/app"), None),
            (plain(&[("CIRCLECI", "true"), ("CIRCLE_PR_USERNAME", "someone")]), Some("forks")),
            (plain(&[("TRAVIS", "true"), ("TRAVIS_SECURE_ENV_VARS", "false")]), Some("encrypted")),
            (plain(&[("TRAVIS", "true"), ("TRAVIS_SECURE_ENV_VARS", "true")]), None),
            (plain(&[("TF_BUILD", "True"), ("SYSTEM_PULLREQUEST_ISFORK", "True")]), Some("forks")),
            (plain(&[("TF_BUILD", "True"), ("SYSTEM_PULLREQUEST_ISFORK", "False")]), None),
        ] {
            let host = Host { env: env.iter().cloned().collect(), ..Host::default() };
            let found = host.ci().unwrap().without_secrets;
            assert_eq!(found.is_some(), says.is_some(), "{env:?}: {found:?}");
            assert!(says.is_none_or(|s| found.unwrap().contains(s)), "{env:?}");
        }
    }
}
