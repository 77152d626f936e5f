-- Which organizations a daemon runs jobs of besides its own, by name; '*' is all. Built-in daemons served all of them before.

alter table provisioner_daemons add column serves text[] not null default '{}';
