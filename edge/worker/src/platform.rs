//! All adapters of one application. They are created for each request, because a handle of the host
//! is valid only in the request that received it.

use std::cell::OnceCell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use worker::Env;

use crate::bindings::{HostRequest, field};
use crate::configuration::{Configured, is_bound};
use crate::directory::statements::WorkerSettings;
use crate::directory::{AnyDirectory, D1Directory, HookDirectory};
use crate::events::D1Events;
use crate::host::{AlarmProgress, HostClock, HostEntropy};
use crate::host_hooks::HostHooks;
use crate::html::RequestHtmlFilter;
use crate::intakes::ObjectIntakes;
use crate::languages::AssetLanguages;
use crate::limiter::RateLimit;
use crate::mail::{HookMailer, ProviderMailer};
use crate::mailboxes::ObjectMailboxes;
use crate::options::Instance;
use crate::outbound::Outbound;
use crate::password_changes::ObjectPasswordChanges;
use crate::passwords::HookPasswords;
use crate::records::KvRecords;
use crate::templates::KvTemplates;
use crate::webhooks::FetchWebhooks;
use relatch_domain::application::Application;
use relatch_domain::ports::Platform;

/// The platform of one application on Cloudflare. An adapter is created on first use, because most
/// requests need only a few, and a forged link almost none.
pub struct CloudflarePlatform {
    env: Env,
    application: Rc<Application>,
    settings: Rc<WorkerSettings>,
    instance: Instance,
    directory: OnceCell<AnyDirectory>,
    passwords: OnceCell<HookPasswords>,
    records: OnceCell<KvRecords>,
    intakes: OnceCell<ObjectIntakes>,
    mailboxes: OnceCell<ObjectMailboxes>,
    password_changes: OnceCell<ObjectPasswordChanges>,
    mailer: OnceCell<ProviderMailer>,
    events: OnceCell<D1Events>,
    webhooks: FetchWebhooks,
    limiter: OnceCell<RateLimit>,
    languages: OnceCell<AssetLanguages>,
    templates: OnceCell<KvTemplates>,
    /// The request that is answered, or `None` in an alarm.
    request: Option<HostRequest>,
    outbound: OnceCell<Outbound>,
    html_filter: RequestHtmlFilter,
    hooks: OnceCell<HostHooks>,
    progress: AlarmProgress,
}

impl CloudflarePlatform {
    /// Creates the platform outside of a request. The configuration has checked that the bindings
    /// exist.
    pub fn new(env: &Env, configured: &Configured) -> Self {
        Self {
            env: env.clone(),
            application: Rc::clone(&configured.application),
            settings: Rc::clone(&configured.settings),
            instance: configured.instance,
            directory: OnceCell::new(),
            passwords: OnceCell::new(),
            records: OnceCell::new(),
            intakes: OnceCell::new(),
            mailboxes: OnceCell::new(),
            password_changes: OnceCell::new(),
            mailer: OnceCell::new(),
            events: OnceCell::new(),
            webhooks: FetchWebhooks::default(),
            limiter: OnceCell::new(),
            languages: OnceCell::new(),
            templates: OnceCell::new(),
            request: None,
            outbound: OnceCell::new(),
            html_filter: RequestHtmlFilter(None),
            hooks: OnceCell::new(),
            progress: AlarmProgress::default(),
        }
    }

    /// Creates the platform for a request.
    pub fn for_request(env: &Env, configured: &Configured, request: HostRequest) -> Self {
        let request = Some(request);
        let html_filter = RequestHtmlFilter(request.clone());
        Self { request, html_filter, ..Self::new(env, configured) }
    }

    /// Creates the platform for an alarm.
    pub fn for_alarm(env: &Env, configured: &Configured, progress: AlarmProgress) -> Self {
        let webhooks = FetchWebhooks::new(progress.clone());
        Self { webhooks, progress, ..Self::new(env, configured) }
    }

    fn binding<T: JsCast>(&self, name: &str) -> T {
        field(&self.env, name).unchecked_into()
    }
}

impl Platform for CloudflarePlatform {
    type Directory = AnyDirectory;
    type Passwords = HookPasswords;
    type Records = KvRecords;
    type Intakes = ObjectIntakes;
    type Mailboxes = ObjectMailboxes;
    type PasswordChanges = ObjectPasswordChanges;
    type Mailer = ProviderMailer;
    type Events = D1Events;
    type Webhooks = FetchWebhooks;
    type Limiter = RateLimit;
    type Languages = AssetLanguages;
    type CaptchaProviders = Outbound;
    type BreachedPasswords = Outbound;
    type Templates = KvTemplates;
    type HtmlFilter = RequestHtmlFilter;
    type Hooks = HostHooks;
    type Clock = HostClock;
    type Entropy = HostEntropy;

    fn directory(&self) -> &AnyDirectory {
        self.directory.get_or_init(|| {
            let Some(hook) = HookDirectory::new(&self.env, &self.application, self.instance) else {
                return AnyDirectory::D1(D1Directory::new(
                    self.binding(&self.settings.adapters.database),
                    &self.application,
                    &self.settings,
                    self.instance,
                ));
            };
            AnyDirectory::Hook(Box::new(hook))
        })
    }

    fn passwords(&self) -> &HookPasswords {
        self.passwords
            .get_or_init(|| HookPasswords::new(&self.env, &self.application, self.instance))
    }

    fn records(&self) -> &KvRecords {
        self.records.get_or_init(|| {
            KvRecords::new(self.binding(crate::records::BINDING), &self.application.id)
        })
    }

    fn intakes(&self) -> &ObjectIntakes {
        self.intakes.get_or_init(|| ObjectIntakes::new(self.binding(crate::intakes::BINDING)))
    }

    fn mailboxes(&self) -> &ObjectMailboxes {
        self.mailboxes.get_or_init(|| {
            let binding = self.binding(crate::mailboxes::BINDING);
            ObjectMailboxes::new(binding, &self.application.id, self.request.clone())
        })
    }

    fn password_changes(&self) -> &ObjectPasswordChanges {
        self.password_changes.get_or_init(|| {
            ObjectPasswordChanges::new(
                self.binding(crate::password_changes::BINDING),
                &self.application.id,
            )
        })
    }

    fn mailer(&self) -> &ProviderMailer {
        self.mailer.get_or_init(|| ProviderMailer {
            application: Rc::clone(&self.application),
            settings: Rc::clone(&self.settings),
            binding: self.binding(crate::mail::BINDING),
            hook: HookMailer::new(&self.env, &self.application),
            progress: self.progress.clone(),
        })
    }

    fn events(&self) -> &D1Events {
        self.events.get_or_init(|| D1Events::new(&self.env, &self.application.id))
    }

    fn webhooks(&self) -> &FetchWebhooks {
        &self.webhooks
    }

    fn limiter(&self) -> &RateLimit {
        self.limiter.get_or_init(|| {
            let wide = is_bound(&self.env, crate::limiter::WIDE_BINDING, "limit")
                .then(|| self.binding(crate::limiter::WIDE_BINDING));
            RateLimit::new(self.binding(crate::limiter::BINDING), wide)
        })
    }

    fn languages(&self) -> &AssetLanguages {
        self.languages
            .get_or_init(|| AssetLanguages::new(field(&self.env, crate::languages::BINDING)))
    }

    fn captcha_providers(&self) -> &Outbound {
        self.outbound.get_or_init(|| Outbound::new(&self.env))
    }

    fn breached_passwords(&self) -> &Outbound {
        self.outbound.get_or_init(|| Outbound::new(&self.env))
    }

    fn templates(&self) -> &KvTemplates {
        self.templates.get_or_init(|| {
            let is_bound = is_bound(&self.env, crate::templates::BINDING, "get");
            let namespace = is_bound.then(|| self.binding(crate::templates::BINDING));
            KvTemplates::new(namespace, self.instance)
        })
    }

    fn html_filter(&self) -> &RequestHtmlFilter {
        &self.html_filter
    }

    fn hooks(&self) -> &HostHooks {
        self.hooks.get_or_init(|| {
            HostHooks::new(
                &self.env,
                &self.application,
                self.request.clone(),
                self.progress.clone(),
            )
        })
    }

    fn clock(&self) -> &HostClock {
        &HostClock
    }

    fn entropy(&self) -> &HostEntropy {
        &HostEntropy
    }
}
