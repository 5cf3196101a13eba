mod enqueue;
mod revoke;
mod stored;
