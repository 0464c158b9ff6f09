# The two "hosts" of the quickstart, and what runs on them. Sourced.
#
# A host is a network namespace and a mount namespace, held by a process that
# sleeps. Both vanish with their last process, so nothing is left behind; and
# every process here dies with the script, however that ends.

step_number=0
hosts=namespaces
host_of_app=""
host_of_signer=""
host_of_here=""  # neither: the process that shows it all
signer_port=7443
https_port=8443
started=()

step() {
  step_number=$((step_number + 1))
  printf '\n== %d. %s\n' "$step_number" "$*"
}
say() { printf '   %s\n' "$*"; }
die() {
  printf '\nquickstart: %s\n' "$*" >&2
  exit 1
}

# Root can make namespaces. Another user can, inside a namespace of users,
# where the system permits that: then this runs the script again in there.
become_root_of_a_namespace() {
  ((EUID == 0 || loopback)) && return
  if unshare --user --map-root-user --net --mount true 2>/dev/null; then
    exec env KEYHOLD_QUICKSTART_USERNS=1 unshare --user --map-root-user "$@"
  fi
}

# start_host VARIABLE MOUNT...: makes a host, runs MOUNT on it, and sets the
# variable to the process that holds it.
start_host() {
  local variable="$1" out answer=""
  shift
  exec {out}< <(exec setpriv --pdeathsig KILL unshare --net --mount \
    bash -c '"$@" && ip link set lo up && echo ready && exec sleep infinity' host "$@")
  printf -v "$variable" '%s' "$!"
  started+=("$!")
  read -r -t 10 -u "$out" answer || true
  exec {out}<&-
  [[ "$answer" == ready ]]
}

join_hosts() {
  on_app ip link add eth0 type veth peer name eth0 netns "$host_of_signer" &&
    on_app ip addr add "$app_address/24" dev eth0 &&
    on_signer ip addr add "$signer_address/24" dev eth0 &&
    on_app ip link set eth0 up && on_signer ip link set eth0 up
}

# Each host sees its own folder, $work/app or $work/signer, and an empty one in
# place of the other's.
make_hosts() {
  app_address=10.77.0.1
  signer_address=10.77.0.2
  mkdir "$work/app" "$work/signer"
  if ((!loopback)); then
    if { start_host host_of_signer mount -t tmpfs none "$work/app" &&
      start_host host_of_app mount -t tmpfs none "$work/signer" &&
      join_hosts; } 2>"$work/hosts.log"; then
      say "app     $app_address   a network namespace of its own, without the signer's files"
      say "signer  $signer_address   another one, at the other end of a virtual cable"
      return
    fi
    say "Network namespaces are not permitted here: $(tail -n 1 "$work/hosts.log")"
    stop_all
  fi
  hosts=loopback
  app_address=127.0.0.1
  signer_address=127.0.0.1
  signer_port="$(free_port)"
  https_port="$(free_port)"
  say "Both hosts are this one, and talk over loopback."
}

on_app() { on "$host_of_app" "$@"; }
on_signer() { on "$host_of_signer" "$@"; }
on() {
  local host="$1"
  shift
  if [[ -z "$host" ]]; then "$@"; else nsenter --target "$host" --net --mount -- "$@"; fi
}

# run NAME HOST PATTERN COMMAND...: starts COMMAND on "app", "signer" or "here"
# and waits for a line of its output that matches; then its process is $running.
run() {
  local name="$1" host="host_of_$2" pattern="$3" log="$work/$1.log"
  shift 3
  local enter=()
  [[ -z "${!host}" ]] || enter=(nsenter --target "${!host}" --net --mount --)
  : >"$log"
  "${enter[@]}" setpriv --pdeathsig KILL "$@" >>"$log" 2>&1 </dev/null &
  running=$!
  started+=("$running")
  if ! grep -q -m 1 -E -- "$pattern" \
    <(exec timeout 20 tail -n +1 -f --pid="$running" "$log" 2>/dev/null); then
    cat "$log" >&2
    die "$name did not start"
  fi
}

stop() {
  kill "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

stop_all() {
  local pid
  ((${#started[@]} == 0)) || kill "${started[@]}" 2>/dev/null || true
  for pid in "${started[@]}"; do stop "$pid"; done
  started=()
  host_of_app=""
  host_of_signer=""
}

clean_up() {
  local status=$?
  trap - EXIT INT TERM
  ((status != 130)) || printf '\nStopping.\n'
  stop_all
  rm -rf "$work"
  ((status == 0 || status >= 128)) || printf '\nquickstart: failed\n' >&2
  exit "$status"
}

# A TCP port that is free on this host, for loopback.
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

wait_for_interrupt() {
  # A read that never ends, and that a signal interrupts.
  local never
  exec {never}<> <(:)
  while :; do read -r -u "$never" || true; done
}
