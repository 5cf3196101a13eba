//! All adapters together, made anew for every call: handles of the host are only good where they were handed out.

use std::cell::OnceCell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use worker::Env;

use super::bindings::{Call, field};
use super::desks::ObjectDesks;
use super::directory::D1Directory;
use super::events::D1Events;
use super::host::{HostClock, HostEntropy};
use super::html::CallHtmlFilter;
use super::intakes::ObjectIntakes;
use super::limiter::RateLimit;
use super::mail::ProviderMailer;
use super::records::KvRecords;
use crate::core::config::{Application, DATABASE};
use crate::core::ports::Platform;

/// The platform of one application on Cloudflare. An adapter is made when it is first asked for: most calls need few of
/// them, and a forged link hardly any.
pub struct CloudflarePlatform {
    env: Env,
    application: Rc<Application>,
    directory: OnceCell<D1Directory>,
    records: OnceCell<KvRecords>,
    intakes: OnceCell<ObjectIntakes>,
    desks: OnceCell<ObjectDesks>,
    mailer: OnceCell<ProviderMailer>,
    events: OnceCell<D1Events>,
    limiter: OnceCell<RateLimit>,
    html_filter: CallHtmlFilter,
}

impl CloudflarePlatform {
    /// Takes the bindings, which the configuration has checked.
    pub fn new(env: &Env, application: &Rc<Application>) -> Self {
        Self {
            env: env.clone(),
            application: Rc::clone(application),
            directory: OnceCell::new(),
            records: OnceCell::new(),
            intakes: OnceCell::new(),
            desks: OnceCell::new(),
            mailer: OnceCell::new(),
            events: OnceCell::new(),
            limiter: OnceCell::new(),
            html_filter: CallHtmlFilter(None),
        }
    }

    /// The same for a call.
    pub fn of_call(env: &Env, application: &Rc<Application>, call: Call) -> Self {
        Self { html_filter: CallHtmlFilter(Some(call)), ..Self::new(env, application) }
    }

    fn binding<T: JsCast>(&self, name: &str) -> T {
        field(&self.env, name).unchecked_into()
    }
}

impl Platform for CloudflarePlatform {
    type Directory = D1Directory;
    type Records = KvRecords;
    type Intakes = ObjectIntakes;
    type Desks = ObjectDesks;
    type Mailer = ProviderMailer;
    type Events = D1Events;
    type Limiter = RateLimit;
    type HtmlFilter = CallHtmlFilter;
    type Clock = HostClock;
    type Entropy = HostEntropy;

    fn directory(&self) -> &D1Directory {
        self.directory
            .get_or_init(|| D1Directory::new(self.binding(&self.application.directory.database), &self.application))
    }

    fn records(&self) -> &KvRecords {
        self.records.get_or_init(|| KvRecords::new(self.binding(super::records::BINDING), &self.application.id))
    }

    fn intakes(&self) -> &ObjectIntakes {
        self.intakes.get_or_init(|| ObjectIntakes::new(self.binding(super::intakes::BINDING)))
    }

    fn desks(&self) -> &ObjectDesks {
        self.desks.get_or_init(|| ObjectDesks::new(self.binding(super::desks::BINDING), &self.application.id))
    }

    fn mailer(&self) -> &ProviderMailer {
        self.mailer.get_or_init(|| ProviderMailer::new(&self.application, self.binding(super::mail::BINDING)))
    }

    fn events(&self) -> &D1Events {
        self.events.get_or_init(|| D1Events::new(self.binding(DATABASE), &self.application.id))
    }

    fn limiter(&self) -> &RateLimit {
        self.limiter.get_or_init(|| RateLimit::new(self.binding(super::limiter::BINDING)))
    }

    fn html_filter(&self) -> &CallHtmlFilter {
        &self.html_filter
    }

    fn clock(&self) -> &HostClock {
        &HostClock
    }

    fn entropy(&self) -> &HostEntropy {
        &HostEntropy
    }
}
