mod change;
mod revoke;
mod stored;
