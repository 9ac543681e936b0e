//! Situations in which LocalStack ended because of its license.
//! Built by hand, as in the module above.

use lsdoctor::case::Case;
use lsdoctor::diagnosis::{CheckStatus, Confidence, Diagnosis, Finding, Instance, Remedy, Severity, Status, Unknown};
use lsdoctor::observations::ProbeId;

use super::{ago, change, finding, fine, instance, log_proof, proof, remedy, set, skip, snapshots};

/// Ended with 55 for want of a token, which this shell has.
pub fn credentials_missing() -> Case {
    let mut headline = finding(
        "credentials-missing",
        "No credentials reach LocalStack",
        "LOCALSTACK_AUTH_TOKEN is not set in the container localstack-main; this shell has one (ls-...efb9), which \
         docker run did not pass on.",
    );
    headline.evidence = vec![
        log_proof(
            10,
            "Reason: No credentials were found in the environment. Please make sure to either set the \
             LOCALSTACK_AUTH_TOKEN variable to a valid auth token.",
        ),
        proof(ProbeId::Container, "container localstack-main", "exited with code 55"),
        proof(ProbeId::Credentials, "this shell's environment", "LOCALSTACK_AUTH_TOKEN=ls-...efb9"),
    ];
    headline.remedies = vec![
        remedy(
            "Start it again, and pass the token of this shell on",
            "docker rm localstack-main && docker run --rm -it -p 4566:4566 -p 4510-4559:4510-4559 \
             -e LOCALSTACK_AUTH_TOKEN --name localstack-main localstack/localstack-pro:4.14.0",
            "",
        ),
        remedy(
            "Without a token yet: copy yours from the web application, and export it",
            "export LOCALSTACK_AUTH_TOKEN=\"<the token>\"",
            "https://app.localstack.cloud/workspace/auth-tokens",
        ),
    ];
    let mut checks = fine();
    set(&mut checks, ProbeId::Container, CheckStatus::Fail, "localstack-main ended with code 55");
    set(&mut checks, ProbeId::Endpoint, CheckStatus::Fail, "nobody listens at http://localhost:4566");
    set(
        &mut checks,
        ProbeId::Logs,
        CheckStatus::Fail,
        "line 10: Reason: No credentials were found in the environment.",
    );
    set(&mut checks, ProbeId::Credentials, CheckStatus::Fail, "none reaches LocalStack; this shell has ls-...efb9");
    set(&mut checks, ProbeId::Cache, CheckStatus::Pass, "none");
    skip(&mut checks, ProbeId::Compose, "not started by compose");
    let diagnosis = Diagnosis {
        status: Status::NotActivated,
        activated: Some(false),
        headline,
        findings: Vec::new(),
        unknowns: Vec::new(),
        checks,
        instance: instance(Some(55)),
        others: Vec::new(),
    };
    let changes = vec![
        change(154, Status::Undecided, "LocalStack is starting."),
        change(151, Status::NotActivated, "No credentials reach LocalStack: the container ended with code 55."),
    ];
    Case { snapshot: snapshots::credentials_missing(), diagnosis, changes, since: Some(ago(151)), ..Case::default() }
}

/// A company's proxy opens the encryption, and the container does not know its certificate.
pub fn interceptor() -> Case {
    let mut headline = finding(
        "server-unreachable-tls",
        "The certificate of the license server is not trusted",
        "LocalStack could not reach the license server; seen from here its certificate is issued by Zscaler \
         Intermediate Root CA, which LocalStack does not trust.",
    );
    headline.confidence = Confidence::Likely;
    headline.evidence = vec![
        log_proof(
            10,
            "Reason: Could not reach the LocalStack licensing server at https://api.localstack.cloud/v1. \
             Please make sure outbound HTTPS traffic is allowed",
        ),
        proof(
            ProbeId::Tls,
            "api.localstack.cloud, as the container is set up",
            "issued by Zscaler Intermediate Root CA (Zscaler Inc.); issuer is not trusted",
        ),
    ];
    headline.remedies = trust_the_company();
    let mut checks = fine();
    set(&mut checks, ProbeId::Container, CheckStatus::Fail, "localstack-main ended with code 55");
    set(&mut checks, ProbeId::Endpoint, CheckStatus::Fail, "nobody listens at http://localhost:4566");
    set(&mut checks, ProbeId::Logs, CheckStatus::Fail, "line 10: Could not reach the LocalStack licensing server");
    set(&mut checks, ProbeId::Tls, CheckStatus::Fail, "issued by Zscaler Intermediate Root CA; issuer is not trusted");
    skip(&mut checks, ProbeId::Https, "the certificate is not trusted");
    set(&mut checks, ProbeId::Cache, CheckStatus::Warn, "expired 2026-11-01, and could not be renewed");
    let diagnosis = Diagnosis {
        status: Status::NotActivated,
        activated: Some(false),
        headline,
        findings: vec![stale_cache()],
        unknowns: vec![Unknown {
            what: "Whether the container sees the same certificate.".to_owned(),
            settle: "docker run --rm --network container:localstack-main curlimages/curl -v https://api.localstack.cloud/v1/health".to_owned(),
        }],
        checks,
        instance: Instance { launched_by: Some("compose".to_owned()), ..instance(Some(55)) },
        others: Vec::new(),
    };
    let changes = vec![
        change(161, Status::Undecided, "LocalStack is starting."),
        change(
            151,
            Status::NotActivated,
            "LocalStack could not reach the license server: its certificate is not trusted.",
        ),
    ];
    Case { snapshot: snapshots::interceptor(), diagnosis, changes, since: Some(ago(151)), ..Case::default() }
}

/// The trial is over.
pub fn license_expired() -> Case {
    let mut headline = finding(
        "license-expired",
        "The license has expired",
        "The trial license of this workspace ended on 2026-11-01.",
    );
    headline.evidence = vec![
        log_proof(10, "Reason: The license has expired."),
        proof(ProbeId::Cache, "container, /var/lib/localstack/cache/license.json", "expiry_date 2026-11-01"),
    ];
    headline.remedies = vec![remedy(
        "Renew the license, or choose another plan",
        "",
        "https://app.localstack.cloud/workspace/my-license",
    )];
    let mut checks = fine();
    set(&mut checks, ProbeId::Container, CheckStatus::Fail, "localstack-main ended with code 55");
    set(&mut checks, ProbeId::Endpoint, CheckStatus::Fail, "nobody listens at http://localhost:4566");
    set(&mut checks, ProbeId::Logs, CheckStatus::Fail, "line 10: Reason: The license has expired.");
    set(&mut checks, ProbeId::Cache, CheckStatus::Fail, "trial, expired 2026-11-01");
    let diagnosis = Diagnosis {
        status: Status::NotActivated,
        activated: Some(false),
        headline,
        checks,
        instance: instance(Some(55)),
        ..Diagnosis::default()
    };
    let changes = vec![change(151, Status::NotActivated, "The trial license of this workspace ended on 2026-11-01.")];
    Case { snapshot: snapshots::license_expired(), diagnosis, changes, since: Some(ago(151)), ..Case::default() }
}

/// What mends an intercepted connection.
fn trust_the_company() -> Vec<Remedy> {
    vec![
        Remedy {
            text: "Give the container the certificate of your company, and name it to LocalStack".to_owned(),
            command: Some(
                "    environment:\n      - REQUESTS_CA_BUNDLE=/etc/ssl/company.pem\n    volumes:\n      \
                 - ./company.pem:/etc/ssl/company.pem:ro"
                    .to_owned(),
            ),
            file: Some("/home/someone/projects/stack/docker-compose.yml:7".to_owned()),
            url: Some("https://docs.localstack.cloud/aws/getting-started/faq/".to_owned()),
        },
        remedy("Then start it again", "docker compose up --force-recreate localstack", ""),
    ]
}

/// The cached license of last month.
fn stale_cache() -> Finding {
    Finding {
        cause: "license-cache-invalid".to_owned(),
        title: "The cached license cannot be used".to_owned(),
        summary: "The cached license expired on 2026-11-01 and is replaced once the server is reached.".to_owned(),
        doc: None,
        severity: Severity::Warning,
        confidence: Confidence::Likely,
        evidence: vec![proof(
            ProbeId::Cache,
            "container, /var/lib/localstack/cache/license.json",
            "expiry_date 2026-11-01",
        )],
        remedies: Vec::new(),
    }
}
