# Completion for `poolguard` in bash: what the program's own help says, so it is never behind it.
_poolguard() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} program=${COMP_WORDS[0]} command=${COMP_WORDS[1]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "$("$program" --help | sed -n '/^SUBCOMMANDS:/,/^ *Type/s/^  *\([a-z-]*\) *- .*/\1/p')" -- "$word")
    return
  fi
  case $previous in
    --format) mapfile -t COMPREPLY < <(compgen -W "$("$program" check --help | sed -n 's/,//g; s/ or / /; s/.*--format=<FORMAT> *- //p')" -- "$word") ;;
    -p | --cache | --root) mapfile -t COMPREPLY < <(compgen -d -- "$word") ;;
    *)
      if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$("$program" "$command" --help | sed -n 's/^  *\(--*[a-z-]*\).*/\1/p')" -- "$word")
      elif [[ $command == explain ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$("$program" explain | sed -n 's/^poolguard-//p')" -- "$word")
      else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
      fi
      ;;
  esac
}
complete -F _poolguard poolguard
