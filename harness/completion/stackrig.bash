# Completion of stackrig for bash.
_stackrig() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}
    if [ "$COMP_CWORD" -eq 1 ]; then
        mapfile -t COMPREPLY < <(compgen -W "serve env run test explore why operations version help" -- "$word")
        return
    fi
    case $before in
    --clock) mapfile -t COMPREPLY < <(compgen -W "real virtual" -- "$word"); return ;;
    --report) mapfile -t COMPREPLY < <(compgen -W "text tap junit" -- "$word"); return ;;
    --data-dir) mapfile -t COMPREPLY < <(compgen -d -- "$word"); return ;;
    --faults) mapfile -t COMPREPLY < <(compgen -f -- "$word"); return ;;
    esac
    if [ "$command" = help ]; then
        mapfile -t COMPREPLY < <(compgen -W "serve env run test explore why operations version" -- "$word")
    elif [[ $word == -* ]]; then
        # The help lists every flag once, at the start of its line.
        mapfile -t COMPREPLY < <(compgen -W "$(stackrig help "$command" 2>/dev/null |
            grep -oE '^ +(-[a-z], )?--[a-z-]+' | grep -oE -- '--[a-z-]+') --help" -- "$word")
    elif [ "$command" = run ]; then
        mapfile -t COMPREPLY < <(compgen -c -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}
complete -F _stackrig stackrig
