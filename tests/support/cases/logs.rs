//! Start-up logs, in the words of LocalStack 4.14.0; ids and hashes are made up.
//! One constant per outcome of a start.

pub const STARTING: &str = "\
LocalStack version: 4.14.0
LocalStack build date: 2026-02-26
LocalStack build git hash: 4f3c2a1b9";

pub const MISSING: &str = "\
LocalStack version: 4.14.0
LocalStack build date: 2026-02-26
LocalStack build git hash: 4f3c2a1b9

Docker not available
Localstack returning with exit code 55. Reason:
===============================================
License activation failed! 🔑❌

Reason: No credentials were found in the environment. Please make sure to either set the LOCALSTACK_AUTH_TOKEN variable to a valid auth token. If you are using the CLI, you can also run `localstack auth set-token`.

Due to this error, Localstack has quit. LocalStack pro features can only be used with a valid license.";

pub const UNREACHABLE_REASON: &str = "Could not reach the LocalStack licensing server at https://api.localstack.cloud/v1. Please make sure outbound HTTPS traffic is allowed";

pub const UNREACHABLE: &str = "\
LocalStack version: 4.14.0
LocalStack build date: 2026-02-26
LocalStack build git hash: 4f3c2a1b9

Docker not available
Localstack returning with exit code 55. Reason:
===============================================
License activation failed! 🔑❌

Reason: Could not reach the LocalStack licensing server at https://api.localstack.cloud/v1. Please make sure outbound HTTPS traffic is allowed

Due to this error, Localstack has quit. LocalStack pro features can only be used with a valid license.";

pub const EXPIRED: &str = "\
LocalStack version: 4.14.0
LocalStack build date: 2026-02-26
LocalStack build git hash: 4f3c2a1b9

Docker not available
Localstack returning with exit code 55. Reason:
===============================================
License activation failed! 🔑❌

Reason: The license has expired.

Due to this error, Localstack has quit. LocalStack pro features can only be used with a valid license.";

pub const ACTIVATED: &str = "\
LocalStack version: 4.14.0
LocalStack build date: 2026-02-26
LocalStack build git hash: 4f3c2a1b9

2026-11-24T11:52:07.040  INFO --- [  MainThread] l.p.c.b.licensingv2        : Successfully requested and activated new license 3f1c8a52-0000-4000-8000-0000000000aa:enterprise 🔑✅
2026-11-24T11:52:07.712  INFO --- [  MainThread] l.p.c.extensions.platform  : loaded 0 extensions
Ready.
2026-11-24T11:53:40.118  INFO --- [et.reactor-0] localstack.request.aws     : AWS s3.CreateBucket => 200
2026-11-24T11:53:41.512  INFO --- [et.reactor-1] localstack.request.aws     : AWS s3.PutObject => 200
2026-11-24T11:55:02.903  INFO --- [et.reactor-0] localstack.request.aws     : AWS sqs.CreateQueue => 200";
