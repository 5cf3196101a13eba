//! HTTP to the programs that tests start.

use std::sync::LazyLock;
use std::time::Duration;

use relatch::reqwest::Client;
use relatch::reqwest::redirect::Policy;

/// The client of all trials. A client for each call would read the certificates of the system each
/// time, which took a fifth of the time of all trials. It keeps no connections, because each trial
/// has its own runtime.
static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let builder = Client::builder().no_proxy().redirect(Policy::none());
    let builder = builder.pool_max_idle_per_host(0).timeout(Duration::from_secs(60));
    builder.build().expect("the client can be built")
});

/// Returns a client that follows no redirects.
pub fn client() -> &'static Client {
    &CLIENT
}
