# Finds the JDK and the Maven that Javelin is built and run with. Sourced by ./javelin, .ci/run and the checks here.
# shellcheck shell=bash

# Exit status for "this machine or command line is not right", as everywhere in Javelin.
readonly USAGE=2

say() { printf 'javelin: %s\n' "$*" >&2; }

fail() {
    say "$2"
    exit "$1"
}

# jdk_release FOLDER: sets REPLY to the feature release of the JDK in FOLDER (25, 26, ...), or to 0 if there is none.
# Reads the file every JDK carries instead of starting it, since this runs at every launch.
jdk_release() {
    local line release="$1/release"
    REPLY=0
    [[ -x $1/bin/java && -x $1/bin/javac && -r $release ]] || return 0
    while read -r line; do
        if [[ $line =~ ^JAVA_VERSION=\"?([0-9]+) ]]; then
            REPLY=${BASH_REMATCH[1]}
        fi
    done <"$release"
}

# link_target FILE: sets REPLY to FILE with all symbolic links followed.
link_target() {
    local next
    REPLY=$1
    while [[ -L $REPLY ]]; do
        next=$(readlink -- "$REPLY")
        [[ $next == /* ]] || next=${REPLY%/*}/$next
        REPLY=$next
    done
}

# find_jdk: sets JAVA_HOME to a JDK 25 or later, from JAVA_HOME, PATH and the folders where JDKs are kept; or ends.
find_jdk() {
    local folder on_path
    local -a places=()
    [[ -n ${JAVA_HOME:-} ]] && places+=("$JAVA_HOME")
    if on_path=$(type -P javac); then
        link_target "$on_path"
        places+=("${REPLY%/bin/javac}")
    fi
    places+=(/usr/lib/jvm/* /usr/java/* /opt/java/* /Library/Java/JavaVirtualMachines/*/Contents/Home)
    places+=("${HOME:-}"/Library/Java/JavaVirtualMachines/*/Contents/Home)
    places+=("${SDKMAN_DIR:-${HOME:-}/.sdkman}"/candidates/java/* "${HOME:-}"/.jdks/*)
    for folder in "${places[@]}"; do
        jdk_release "$folder"
        if ((REPLY >= 25)); then
            export JAVA_HOME=$folder
            return 0
        fi
    done
    say 'no JDK 25 or later found (looked at JAVA_HOME, PATH, /usr/lib/jvm, /Library/Java/JavaVirtualMachines, SDKMAN).'
    say 'Install one: the package temurin-25-jdk (Adoptium) or openjdk-25-jdk (Debian, Ubuntu); brew install openjdk@25;'
    fail "$USAGE" 'sdk install java 25-tem. If it lies elsewhere, set JAVA_HOME to its folder.'
}

# find_maven: sets MAVEN to a Maven 3.8 or later, from PATH, MAVEN_HOME and M2_HOME; or ends. Starts Maven: 0.4 s.
find_maven() {
    local version candidate old=''
    for candidate in "$(type -P mvn || true)" "${MAVEN_HOME:-}/bin/mvn" "${M2_HOME:-}/bin/mvn"; do
        [[ -x $candidate ]] || continue
        version=$("$candidate" --version 2>/dev/null </dev/null) || continue
        [[ $version =~ Apache\ Maven\ ([0-9]+)\.([0-9]+) ]] || continue
        if ((BASH_REMATCH[1] > 3 || (BASH_REMATCH[1] == 3 && BASH_REMATCH[2] >= 8))); then
            MAVEN=$candidate
            return 0
        fi
        old=" (${BASH_REMATCH[0]} at $candidate is too old)"
    done
    say "Javelin is built with Maven 3.8 or later; none found on PATH or in MAVEN_HOME$old."
    fail "$USAGE" 'Install it: apt-get install maven, dnf install maven, brew install maven, or sdk install maven.'
}
