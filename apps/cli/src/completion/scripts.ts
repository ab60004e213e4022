/** Shells that completion is made for. */
export const shells = ['bash', 'zsh', 'fish'] as const;
/** A shell that completion is made for. */
export type Shell = (typeof shells)[number];

/** Where each shell loads its script from, for one person. */
export const installLines: Readonly<Record<Shell, string>> = {
  bash: "echo 'source <(ds01 completion bash)' >> ~/.bashrc",
  zsh: "echo 'source <(ds01 completion zsh)' >> ~/.zshrc",
  fish: 'ds01 completion fish > ~/.config/fish/completions/ds01.fish',
};

/** The script that teaches a shell to ask `ds01 __complete`, for every name of the program. */
export function completionScript(shell: Shell, names: readonly string[]): string {
  return { bash, zsh, fish }[shell](['ds01', ...names]);
}

// A word under the cursor ends at : and = for bash, which then replaces only what follows.
const bash = (names: readonly string[]): string => `# ds01 completion for bash
_ds01_complete() {
  local line=\${COMP_LINE:0:COMP_POINT} current replaced value rest
  local -a words
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  current=\${words[\${#words[@]}-1]}
  replaced=\${current%"\${current##*[=:]}"}
  [[ $COMP_WORDBREAKS == *:* && $COMP_WORDBREAKS == *=* ]] || replaced=
  COMPREPLY=()
  while IFS=$'\\t' read -r value rest; do
    case $value in
      :files) compopt -o default ;;
      :folders) compopt -o dirnames ;;
      :open) compopt -o nospace ;;
      *) COMPREPLY+=("\${value#"$replaced"}") ;;
    esac
  done < <(command ds01 __complete "\${words[0]##*/}" "\${words[@]:1}" 2>/dev/null)
}
complete -F _ds01_complete ${names.join(' ')}
`;

const zsh = (names: readonly string[]): string => `#compdef ${names.join(' ')}
# ds01 completion for zsh
_ds01() {
  local line value
  local -a candidates ending
  local paths=''
  for line in "\${(@f)$(command ds01 __complete "\${words[1]:t}" "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    value=\${line%%$'\\t'*}
    case $value in
      '') ;;
      :files) paths=files ;;
      :folders) paths=folders ;;
      :open) ending=(-S '') ;;
      *)
        if [[ $line == *$'\\t'* ]]; then
          candidates+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
        else
          candidates+=("\${value//:/\\\\:}")
        fi
        ;;
    esac
  done
  (( $#candidates )) && _describe -t values value candidates "$ending[@]"
  [[ $paths == files ]] && _files
  [[ $paths == folders ]] && _files -/
  return 0
}
if [[ $funcstack[1] == _ds01 ]]; then
  _ds01 "$@"
else
  compdef _ds01 ${names.join(' ')}
fi
`;

const fish = (names: readonly string[]): string => `# ds01 completion for fish
function __ds01_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in (command ds01 __complete (basename -- $words[1]) $words[2..-1] "$current" 2>/dev/null)
        switch $line
            case ':files'
                __fish_complete_path "$current"
            case ':folders'
                __fish_complete_directories "$current"
            case ':open'
            case '*'
                echo $line
        end
    end
end
for name in ${names.join(' ')}
    complete -c $name -f -a '(__ds01_complete)'
end
`;
