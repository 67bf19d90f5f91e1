# Runs the command "$@" for as long as somebody holds the other end of our standard input, then ends it and removes
# the folder, unless it is to be kept for the next start. The end of that pipe is the one thing that even a SIGKILL
# of its holder cannot prevent.
folder=$1
shift

# When our holder dies while the program is frozen, the system sends a hang-up to us all; we have still to clean up.
trap '' HUP

# Shells give background commands an empty standard input, so the pipe needs a number of its own.
exec 3<&0 </dev/null
# MongoDB keeps a file open for each collection and index; the usual soft limit of 1024 is a few test databases.
ulimit -n "$(ulimit -H -n)" 2>/dev/null || :

"$@" >>"$folder/log" 2>&1 3<&- &
program=$!
echo "$program" >"$folder/pid"

(
    cat <&3 >/dev/null
    [ -e "$folder/ended" ] && exit
    kill -TERM "$program" 2>/dev/null
    # It may be frozen.
    kill -CONT "$program" 2>/dev/null
    tries=0
    while kill -0 "$program" 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -gt 100 ] && kill -KILL "$program" 2>/dev/null
        sleep 0.1
    done
) &
guard=$!

wait "$program"
status=$?
# A program that ended by itself leaves its log to be read until the holder lets go.
: >"$folder/ended"
wait "$guard"
[ -e "$folder/keep" ] || rm -rf "$folder"
exit "$status"
