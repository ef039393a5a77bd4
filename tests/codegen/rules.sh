#!/bin/sh
# Every rule of the generator: plant one defect in sample.yaml, want exactly this file:line:col: message, nothing on
# standard output and exit status 1. One row per rule: sed script, line:col, what stands there, message.
set -u
tool=$ROSETTA_BUILD/codegen-tool
here=$(cd "$srcdir" && pwd)
def=$here/contracts/hparams.def
sample=$here/tests/codegen/sample.yaml
[ -x "$tool" ] || { echo "skipped: $tool is not built"; exit 77; }
dir=$(mktemp -d) || exit 99
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 99
rows=0 bad=0

fail() { echo "FAIL: $*"; bad=$((bad + 1)); }

# row SED LINE:COL TEXT MESSAGE
row() {
	rows=$((rows + 1))
	sed "$1" "$sample" > sample.yaml
	if cmp -s sample.yaml "$sample"; then
		fail "row $rows: '$1' changes nothing"
		return
	fi
	"$tool" "$def" sample.yaml > out 2> err
	status=$?
	[ $status -eq 1 ] || fail "row $rows ($1): exit status $status"
	[ ! -s out ] || fail "row $rows ($1): wrote tables all the same"
	grep -Fxq "sample.yaml:$2: $4" err || { fail "row $rows ($1): wanted sample.yaml:$2: $4"; sed 's/^/    found /' err; }
	there=$(sed -n "${2%:*}p" sample.yaml | cut -c"${2#*:}"-)
	case $there in "$3"*) ;; *) fail "row $rows ($1): at $2 stands '$there', not '$3'" ;; esac
}

# Grammar of the file
row '1i\	tab' '1:1' '	tab' 'while scanning for the next token: found character that cannot start any token'
row '2s/.*/&\nfamily: twice/' '3:1' 'family:' '`family` stands here twice'
row '2s/sample/Sample!/' '2:9' 'Sample!' 'family: `Sample!`: small letters, digits and `_` make a family'\''s key, a letter first'
row '2s/sample/2sample/' '2:9' '2sample' 'family: `2sample`: small letters, digits and `_` make a family'\''s key, a letter first'
row 's/^vendor: .*/vendor: ""/' '4:9' '""' 'vendor: a text wanted, nothing found'
row '/^vendor/d' '2:1' 'family:' '`vendor` is missing'
row 's/^vendor/vendour/' '4:1' 'vendour:' 'unknown key `vendour`'
row 's/^vendor: .*/vendor: [a, b]/' '4:9' '[a' 'vendor: one value wanted, a list found'
row 's/^vendor: .*/vendor:/' '4:8' '' 'vendor: a text wanted, nothing found'
row 's/norm_kind: rms/norm_kind: rns/' '13:14' 'rns' 'norm_kind: `rns` is none of rms, layer, layer_plain'
row 's/norm_plus_one: true/norm_plus_one: yes/' '14:18' 'yes' 'norm_plus_one: true or false wanted, `yes` found'
row '/norms_per_layer/d' '13:3' 'norm_kind:' '`norms_per_layer` is missing'
row 's/^quantize: .*/quantize: [a]/' '182:11' '[a]' 'quantize: a mapping wanted'
row 's/shape: \[n_vocab, n_embd\] }$/shape: n_vocab }/' '33:25' 'n_vocab' 'shape: a list wanted'
row 's/  ffn_norm:/  Ffn_norm:/' '37:3' 'Ffn_norm:' 'roles: `Ffn_norm`: small letters, digits, `.`, `_` and `-` make a name'
row 's/is: n_embd, type: u64/is: n_emb, type: u64/' '161:29' 'n_emb' 'is: `n_emb` is not a number of contracts/hparams.def'
row 's/n_layer: 4,/n_layer: 4.5,/' '171:67' '4.5' 'n_layer: a whole number wanted, `4.5` found'
row 's/n_layer: 4,/n_layer: 40000,/' '171:67' '40000' 'n_layer: 40000 is over the cap of 4096'
row 's/tied: true }/tied: 1 }/' '171:279' '1' 'tied: true or false wanted, `1` found'
row 's/rope_partial: 0.5/rope_partial: half/' '171:268' 'half' 'rope_partial: a number wanted, `half` found'
row 's/rope_partial: 0.5/rope_scaling: ntk/' '171:268' 'ntk' 'rope_scaling: `ntk` is no kind of rope scaling'
row 's/^  attn_norm: .*/  attn_norm: ~/' '35:14' '~' 'a mapping wanted, nothing found'
row '$s/.*/&\n---\nfamily: other/' '183:1' '---' 'a second document: a family'\''s file is one'
row 's/^tokenizer:/inherit: nobody\n&/' '173:10' 'nobody' 'inherit: no family `nobody`'
row 's/^tokenizer:/inherit: sample\n&/' '173:10' 'sample' 'inherit: `sample` inherits from itself'

row 's/^classes: .*/classes: []/' '5:10' '[' 'classes: empty'
row 's/big_layers: 80/big_layers: eighty/' '182:48' 'eighty' 'big_layers: a whole number wanted, `eighty` found'
row 's/big_layers: 80/big_layers: 65536/' '182:48' '65536' 'big_layers: 65536 is over 65535'
row 's/^classes: .*/classes: [SampleModel, SampleModel]/' '5:24' 'SampleModel' 'classes: `SampleModel` stands here twice'

# Formulas
row 's/attn_q:      { per: layer, shape: \[n_head \*/& */' '39:47' '*' 'formula `n_head * * head_dim`: a number or a name is expected here'
row 's/sqrt(n_embd)/sqrt(n_embd/' '30:27' '' 'formula `sqrt(n_embd`: `)` expected'
row 's/sqrt(n_embd)/root(n_embd)/' '30:16' 'root(n_embd)' 'formula `root(n_embd)`: not a number of contracts/hparams.def'
row 's/value: 4 \* n_embd/value: 4 n_embd/' '155:42' 'n_embd' 'formula `4 n_embd`: more than one formula'
row 's/has(n_ctx_orig) ?/has(4) ?/' '168:35' '4)' 'formula `has(4) ? 500000.0 : 10000.0`: wants the name of a number in parentheses'

# Roles and tensors
row 's/tied_to: embedding/tied_to: embeding/' '34:53' 'embeding' 'tied_to: no role `embeding`'
row 's/tied_to: embedding, required/presence: tied, required/' '34:54' 'tied' 'tied to which role? say tied_to'
row 's/^  attn_norm:   { per: layer, shape: \[n_embd\] }/  attn_norm: { per: layer, shape: [n_embd, n_embd, n_embd] }/' '35:35' '[n_embd' 'role `attn_norm`: a shape is [out, in], or [n] for a vector'
row 's/name: embed.weight, of: embedding/name: embed.weight, of: embeding/' '62:33' 'embeding' 'no role `embeding`'
row 's/name: "blk.{layer}.ssm_a"/name: "blk.ssm_a"/' '105:15' '"blk.ssm_a"' '`blk.ssm_a`: role `decay` is per layer: {layer} is missing'
row 's/name: token_embd.weight/name: "token_embd.{layer}"/' '89:15' '"token_embd.{layer' '`token_embd.{layer}`: role `embedding` is not per layer: {layer} has no meaning'
row 's/name: "blk.{layer}.ssm_a"/name: "blk.{layer}.{each}.ssm_a"/' '105:15' '"blk.{layer' '`blk.{layer}.{each}.ssm_a`: role `decay` has no `each`'
row 's/name: "blk.{layer}.ssm_a"/name: "blk.{layer}.{n}.ssm_a"/' '105:15' '"blk.{layer' '`blk.{layer}.{n}.ssm_a`: only {layer} and {each} may stand in braces'
row 's/of: \[attn_q, attn_k, attn_v\]/of: [attn_q, embedding]/' '68:52' 'embedding' 'roles `attn_q` and `embedding` cannot share a tensor: only one is per layer'
row 's/of: \[attn_q, attn_k, attn_v\]/of: [attn_q, expert_up]/' '68:52' 'expert_up' 'roles `attn_q` and `expert_up` cannot share a tensor: there are not as many'
row 's/of: \[attn_q, attn_k, attn_v\]/of: [attn_q, ffn_norm]/' '68:52' 'ffn_norm' 'roles `attn_q` and `ffn_norm` cannot share a tensor: one is a vector'
row 's/attn_k:      { per: layer, shape: \[n_head_kv \* head_dim, n_embd\]/attn_k: { per: layer, shape: [n_head_kv * n_embd, head_dim]/' '68:52' 'attn_k' 'size small: `attn_q` and `attn_k` cannot share a tensor: 32 and 8 columns'
row 's/groups: n_head_kv/groups: 3/' '68:77' '3' 'size small: `attn_q`: 32 rows are no whole groups of `3`'
row 's/derive: causal_mask, dims.*/derive: causal_mask }/' '82:7' '{ name:' 'a derived tensor states its dims'
row 's/derive: causal_mask/derive: causal_mask, of: norm/' '82:7' '{ name:' 'a tensor is `of` roles, or has a `derive`: one of them'
row 's/of: attn_q_bias }/of: attn_q_bias, transposed: true }/' '70:64' 'true' 'a vector has no transpose'
row 's/blk.{layer}.attn_k.weight/blk.{layer}.attn_q.weight/' '96:15' '"blk.{layer}.attn_q.weight"' 'gguf: `blk.{layer}.attn_q.weight` is named twice (line 95)'
row '/blk.{layer}.ffn_up.weight/d' '51:3' 'dense_up:' 'role `dense_up` has no tensor in gguf'
row '/name: "h.{layer}.v_b.{each}.weight"/d' '48:3' 'latent_v:' 'role `latent_v` has no tensor in apr'
row 's/^  write_tied: true/&\n  same_as: safetensors/' '115:3' 'write_tied:' 'apr: tensors or same_as: one of them'

row 's/tied_to: embedding/tied_to: output/' '34:53' 'output' 'tied_to: `output` is tied itself'
row 's/name: head.weight, of: output/name: head.weight, of: []/' '63:32' '[' 'of: empty'
row 's/^  write_tied: true/  same_as: gguf/; /^apr:/,/^config_keys:/{/tensors:/d;/- { name/d}' '115:12' 'gguf' 'only apr may be the same as another format, and only as safetensors: a list has its own rows and values'
row 's/    - { name: output.weight, of: output }/    - { name: output.weight, of: output, when: n_layer == 4 }\n    - { name: output.weight, of: output, when: n_layer == 4 }/' '91:15' 'output.weight' 'gguf: `output.weight` is named twice (line 90)'
# ... in the layers of a size
row 's/    - { name: head.weight.*/&\n    - { name: extra.weight, of: embedding }/' '64:33' 'embedding' 'role `embedding` is in 2 tensors of safetensors (size small)'
row 's/    - { name: head.weight, of: output }/    - { name: head.weight, of: output, when: n_layer == 5 }/' '34:3' 'output:' 'role `output` has no tensor in safetensors (size small, layer -1)'
row 's/name: output.weight, of: output/name: blk.2.attn_norm.weight, of: output/' '91:15' '"blk.{layer}.attn_norm.weight"' 'gguf: size small has `blk.2.attn_norm.weight` twice (line 90)'
row 's/    - { name: output.weight, of: output }/    - { name: output.weight, of: output, when: n_layer == 4 }\n    - { name: output.weight, of: output, when: n_layer > 3 }/' '91:34' 'output' 'role `output` is in 2 tensors of gguf (size small)'
# ... shapes that depend on each other
row 's/tied_to: embedding/tied_to: dense_up/' '34:53' 'dense_up' 'size small: `output` is 10 x 32, `dense_up` 40 x 32: tied matrices have one shape'
row 's/  attn_q_bias: { per: layer, shape: \[n_head \* head_dim\]/  attn_q_bias: { per: layer, shape: [n_ff]/' '43:37' '[n_ff' 'size small: `attn_q_bias` is 40 x 1, `attn_q` 32 x 32: a bias has its matrix'\''s rows'
row 's/dims: \[n_rot \/ 2\]/dims: [n_rot]/' '88:64' '[n_rot' 'size small: `llama3_factors` is of n_rot / 2 elements, not 4'
row 's/dims: \[n_rot \/ 2\]/dims: [n_rot \/ 3]/' '88:65' 'n_rot' 'size small: `n_rot / 3` does not divide'
row 's/dims: \[n_embd, 1, ssm_conv\]/dims: [n_embd, 2, ssm_conv]/' '76:58' '[n_embd' 'size small: 192 elements, the roles have 96'

# Keys and tokens
row 's/is: n_layer, type: u32 }/is: n_head, type: u32 }/' '143:3' '-' 'config_keys: no key is n_layer'
row '/key: block_count/d' '152:3' '-' 'gguf_keys: no key is n_layer'
row '/key: num_heads/d' '161:3' '-' 'apr_keys: no key is n_head'
row 's/key: num_layers, is: n_layer/key: num_layers, is: n_head/' '163:27' 'n_head' 'apr_keys: `n_head` has a key already (line 162): another spelling is an alias'
row 's/aliases: \[n_embd, d_model\]/aliases: [n_embd, num_hidden_layers]/' '144:12' 'num_hidden_layers' 'config_keys: `num_hidden_layers` stands here twice (line 143)'
row 's/aliases: \[n_embd, d_model\]/aliases: [n_embd, n_embd]/' '143:43' 'n_embd' 'config_keys: `n_embd` stands here twice (line 143)'
row 's/key: block_count, is: n_layer, type: u32/key: block_count, is: n_layer, type: str/' '153:44' 'str' 'gguf_keys: a str cannot hold `n_layer`, which wants one of u32 u64 i32'
row 's/is: rope_scaling, type: str/is: rope_scaling, type: u32/' '147:60' 'u32' 'config_keys: a u32 cannot hold `rope_scaling`, which wants one of str'
row 's/source: long_factors, type: arr/source: long_factors, type: f32/' '148:66' 'f32' 'config_keys: a f32 cannot hold `long_factors`, which wants one of arr'
row 's/is: norm_eps, type: f64/is: norm_eps, type: u32/' '146:48' 'u32' 'size small: layer_norm_eps: `norm_eps` is 1e-06, which a u32 cannot hold'
row 's/value: 4 \* n_embd/value: 0.5 * n_embd/' '155:60' 'u32' 'size small: feed_forward_length: `0.5 * n_embd` is 16, which a u32 cannot hold'
row 's/value: 4 \* n_embd/value: n_embd - 33/' '155:40' 'n_embd' 'size small: `n_embd - 33` is negative'
row 's/text: jploski, type: str/text: jploski, type: str, when: n_layer == 4 }\n  - { key: tensor_data_layout, text: other, type: str, when: n_layer > 3/' '157:12' 'tensor_data_layout' 'gguf_keys: size small writes `tensor_data_layout` twice (line 156)'
row 's/key: hidden_act, source/key: hidden_size, source/' '149:12' 'hidden_size' 'config_keys: `hidden_size` stands here twice (line 143)'
row 's/is: n_embd, type: u64/type: u64/' '161:5' '{ key:' 'apr_keys: a key `is` a number or has a value, a text or a source: one of them'
row 's/is: n_embd, type: u32 }$/is: n_embd }/' '152:5' '{ key:' '`type` is missing'
row 's/per: layer, type: bool/type: bool/' '157:47' 'layer' '`layer` has no meaning in a key that is not per layer'
row 's/per: layer, type: bool/per: layer, type: bool, when: layer > 1/' '157:93' 'layer' '`layer` has no meaning here'
row 's/value: layer % 4 != 3, per: layer, type: bool/is: n_ctx, per: layer, type: u32/' '157:56' 'layer' 'per layer: a `value` is wanted; a number that each layer has its own of is written so by `is`'
row 's/value: layer % 4 != 3, per: layer, type: bool/value: 3 - layer - 1, per: layer, type: u32/' '157:47' '3' 'size small: `3 - layer - 1` is negative'
row 's/value: layer % 4 != 3, per: layer, type: bool/value: layer * 0.5, per: layer, type: u32/' '157:47' 'layer' 'size small: `layer * 0.5` is not whole in layer 0'
row 's/per: layer, type: bool/per: layer, type: arr/' '157:81' 'arr' 'gguf_keys: a arr cannot hold `layer % 4 != 3`, which wants one of u32 u64 i32 bool'
row 's/id: 1 }/id: 10 }/' '179:36' '10' 'token 10: beyond every size'\''s n_vocab (10)'
row 's/use: eos/use: bos/' '180:14' 'bos' 'token `bos` stands here twice'

# Published sizes
row 's/parameters: 11948, //' '171:10' '{ repo:' '`parameters` is missing'
row 's/^sizes:/sizes: {}/; /^  small: /d' '170:8' '{' 'sizes: empty'
row 's/parameters: 11948/parameters: 11949/' '171:51' '11949' 'size small: 11949 parameters are published, the shapes make 11948'
row 's/n_vocab: 10/n_vocab: 11/' '171:51' '11948' 'size small: 11948 parameters are published, the shapes make 11980'
row 's/ n_vocab: 10,//' '171:10' '{ repo:' 'size small: n_vocab is not stated'
row '/is: norm_eps, value/d' '170:10' '{ repo:' 'size small: norm_eps is not stated'
row 's/n_head_kv: 2/n_head_kv: 0/' '171:104' '0' 'size small: n_head_kv is 0, outside 1 to 256 (ALG-005, UB-004)'
row 's/head_dim: 8/head_dim: 0/' '171:117' '0' 'size small: head_dim is 0, outside 1 to 65536 (SI-007)'
row 's/rope_partial: 0.5/rope_partial: 0.5, rope_theta: 2e9/' '171:285' '2e9' 'size small: rope_theta is 2e+09, outside 1 to 1e+09 (ALG-007, RB-001 widened from 1e8)'
row 's/n_vocab: 10/n_vocab: 0/' '171:139' '0' 'size small: n_vocab is 0, outside 1 to 1000000 (ALG-005, UB-005)'
row 's/n_head: 4/n_head: 5/; s/ head_dim: 8,//; s/kv_lora: 11, //' '171:90' '5' 'size small: 5 heads do not divide a width of 32 (Vaswani et al. 2017, 3.2.2)'
row 's/n_head_kv: 2/n_head_kv: 3/' '171:104' '3' 'size small: 3 key heads do not divide 4 heads (Ainslie et al. 2023)'
row 's/head_dim: 8/head_dim: 64/' '171:117' '64' 'size small: head_dim 64 is far from n_embd / n_head (published models: 1/4 to 4 times)'
row 's/rope_partial: 0.5/rope_partial: 0.4/' '171:117' '8' 'size small: 3 rotating elements: a positive even number wanted (Su et al. 2021, RoPE pairs)'
row 's/rope_partial: 0.5/n_rot: 10/' '171:261' '10' 'size small: n_rot 10 exceeds head_dim 8'
row 's/rope_partial: 0.5/rope_partial: 0.5, rope_theta: 0.1/' '171:285' '0.1' 'size small: rope_theta is 0.1, outside 1 to 1e+09 (ALG-007, RB-001 widened from 1e8)'
row 's/n_ctx: 12/n_ctx: 0/' '171:150' '0' 'size small: n_ctx is 0, outside 1 to 16777216 (ALG-007, UB-007 widened from 2097152)'
row 's/n_ctx: 12/n_ctx: 20000000/' '171:150' '20000000' 'size small: n_ctx is 20000000, outside 1 to 16777216 (ALG-007, UB-007 widened from 2097152)'
row 's/n_ff: 40/n_ff: 30/; s/n_expert: 3, n_expert_used: 2, //' '171:126' '30' 'size small: n_ff 30 does not expand n_embd 32 (Shazeer 2020)'
row 's/n_expert_used: 2/n_expert_used: 4/' '171:182' '4' 'size small: more experts used than there are (Shazeer et al. 2017)'
row 's/rope_partial: 0.5/rope_partial: 0.5, norm_eps: 0.02/' '171:283' '0.02' 'size small: norm_eps is 0.02, outside 1e-12 to 0.01 (ALG-009, RB-002 widened from 1e-10)'
row 's/ssm_conv: 3, //' '50:46' 'ssm_conv' 'size small: `ssm_conv` needs a number that the size does not state'
row 's/n_layer_dense: 1, //' '171:51' '11948' 'size small: 11948 parameters are published, the shapes make 5100'
row 's/shape: \[n_head \* head_dim, n_embd\], rope/shape: [n_head * head_dim \/ 3, n_embd], rope/' '39:38' 'n_head' 'size small: `n_head * head_dim / 3` does not divide'

# Switches
row 's/norms_per_layer: 4/norms_per_layer: 2/' '16:20' '2' 'size small: layer 0 has 4 norms among the roles'
row 's/norm_place: sandwich/norm_place: pre/' '15:15' 'pre' 'norm_place: pre has no role `attn_post_norm`'
row 's/norm_place: sandwich/norm_place: post_sum/' '15:15' 'post_sum' 'norm_place: post_sum has no role `attn_norm`'
row 's/norm_place: sandwich/norm_place: parallel/' '15:15' 'parallel' 'size small: norm_place is parallel where the number `parallel` is true, and only there'
row 's/norm_plus_one: true/norm_plus_one: false/' '91:69' 'plus_one' 'plus_one: the engine'\''s norm_plus_one is false'
row 's/of: ffn_norm, value: plus_one/of: ffn_norm/' '93:7' '{ name:' '`ffn_norm`: norm_plus_one wants `value: plus_one` here'
row 's/{ name: "h.{layer}.norm.weight", of: attn_norm }/{ name: "h.{layer}.norm.weight", of: attn_norm, value: plus_one }/' '64:62' 'plus_one' 'values are as SafeTensors has them'
row 's/key: feed_forward_length, value: 4 \* n_embd, type: u32/key: attention.layer_norm_epsilon, is: norm_eps, type: f32/' '155:12' 'attention.layer_norm_epsilon' 'norm_kind rms has its epsilon in `attention.layer_norm_rms_epsilon`'
row 's/qk_norm: head_rms/qk_norm: none/' '17:12' 'none' 'qk_norm: none has no role `attn_q_norm`'
row 's/qk_norm: head_rms/qk_norm: full_rms/' '44:37' '[head_dim' 'size small: `attn_q_norm` has 8 elements, qk_norm full_rms wants 32'
row 's/attention: mla/attention: none/' '18:14' 'none' 'attention: none has no role `attn_q`'
row '/of: attn_kv_a/d; /^  attn_kv_a:/d; s/11948/11596/' '18:14' 'mla' 'attention: mla wants a role `attn_kv_a`'
row 's/attention_layer: layer % 4 == 3/attention_layer: layer % 4 == 2/' '28:20' 'layer' 'size small: attention_layer is true in layer 2, which has no `attn_out`'
row 's/expert_layer: layer >= n_layer_dense/expert_layer: layer > n_layer_dense/' '29:17' 'layer' 'size small: expert_layer is false in layer 1, which has a `router`'
row 's/positions: rope/positions: learned/' '20:14' 'learned' 'positions: learned wants a role `positions`'
row 's/positions: rope/positions: none/' '85:9' 'norm' 'gguf: positions are none, so rope is not stated'
row 's/positions: rope/positions: none/; /^  rope: norm/d; /^  rows: pairs/d' '39:78' 'n_head' 'rope_heads: positions are none'
row 's/rope_partial: 0.5/rope_partial: 0.5, alibi_bias_max: 8/' '20:14' 'rope' 'size small: alibi_bias_max is there where positions are alibi, and only there'
row 's/rope_pair: half/rope_pair: adjacent/' '86:9' 'pairs' 'rows in pairs: only halves that rotate are put so'
row '/^  rows: pairs/d' '85:9' 'norm' 'rope: norm rotates adjacent pairs, these rows lie as halves'
row 's/^  rope: norm/  rope: neox/' '85:9' 'neox' 'rope: neox rotates halves, these rows lie as pairs'
row 's/^  write_tied: true/&\n  rope: norm/' '116:9' 'norm' 'rope: a word about GGUF'\''s readers'
row 's/, rope_heads: n_head,/,/; s/, rope_heads: n_head_kv//' '39:16' '{ per:' 'rows in pairs: `attn_q` states its rope_heads'
row 's/, rope_heads: n_head_kv//' '40:16' '{ per:' 'rope_heads: `attn_k` rotates as `attn_q` does'
row 's/\[n_head \* head_dim\], rope_heads: n_head/[n_head * head_dim]/' '43:16' '{ per:' 'rope_heads: `attn_q_bias` rotates as `attn_q` does'
row 's/mask: causal/mask: bidirectional/' '19:9' 'bidirectional' 'mask: bidirectional, and a GGUF key `attention.causal` is missing'
row 's/key: attention.recurrent_layers/key: attention.causal/' '157:5' '{ key:' 'mask: causal, and a GGUF key `attention.causal` is here'
row 's/ffn: glu/ffn: mlp/' '22:8' 'mlp' 'ffn: mlp has no role `expert_gate`'
row 's/ffn: glu/ffn: mlp/' '23:15' 'silu' 'activation: silu has a gate (Shazeer 2020; invariant ALG-006)'
row 's/  router:      {/  router_bias: { per: layer, shape: [n_expert], when: layer >= n_layer_dense }\n&/; s/11948/11957/; s/name: "\([^"]*\)router.weight", of: router }/&\n    - { name: "\1router.bias", of: router_bias }/; s/.*of: router, keep_f32.*/&\n    - { name: "blk.{layer}.exp_probs_b.bias", of: router_bias }/' '13:3' 'norm_kind: rms' 'size small: `router_bias` is required, and expert_select_bias false'
row '/gate_up_fused/d' '13:3' 'norm_kind: rms' 'gate_up_fused: SafeTensors has them in one tensor'
row 's/  shared_gate: true/  shared_gate: false/' '25:16' 'false' 'shared_gate: false has no role `shared_router`'
row 's/  shared_gate: true/&\n  expert_select_bias: true/' '26:23' 'true' 'expert_select_bias: true wants a role `router_bias`'

# Between files
sed 's/^family: sample/family: other/; s/^gguf_when.*//' "$sample" > other.yaml
cp "$sample" sample.yaml
"$tool" "$def" sample.yaml other.yaml > out 2> err && fail "two families may not share a class"
grep -Fxq 'sample.yaml:5:11: classes: `SampleForCausalLM` belongs to family `other`' err || { fail "class of two families"; cat err; }
sed 's/^family: sample/family: other/; s/Sample/Other/g; s/\[sample\]/[other]/; s/^apr_arch: sample/apr_arch: SAMPLER/; s/^apr_aliases.*//' "$sample" > other.yaml
"$tool" "$def" sample.yaml other.yaml > out 2> err && fail "an APR name has two families"
grep -Fxq 'sample.yaml:10:15: apr_aliases: `sampler` belongs to family `other`' err || { fail "APR name of two families"; cat err; }
sed '/^gguf_when/d' "$sample" > sample.yaml
sed 's/^family: sample/family: other/; s/Sample/Other/g; s/\[sample\]/[other]/; /^gguf_when/d' "$sample" > other.yaml
"$tool" "$def" sample.yaml other.yaml > out 2> err && fail "families that share gguf_arch must differ"
grep -Fxq 'sample.yaml:7:12: gguf_arch: `sample` is family `other` too: one of them needs gguf_when' err || { fail "shared gguf_arch"; cat err; }

# The sound file: accepted, the same bytes again and from anywhere, and a proof that the C compiler repeats
cp "$sample" sample.yaml
"$tool" "$def" sample.yaml > one 2> err || { fail "the sample is refused"; cat err; }
(cd / && "$tool" "$def" "$dir/sample.yaml") > two 2>&1
cmp one two || fail "the output depends on where it runs"
grep -q "$dir" one && fail "a path of this machine is in the output"
if command -v cc > /dev/null; then
	cc -std=gnu17 -I"$here" -fsyntax-only -x c one || fail "the tables do not compile"
	sed 's/== 11948ull/== 11947ull/' one > wrong
	cc -std=gnu17 -I"$here" -fsyntax-only -x c wrong > log 2>&1 && fail "a wrong parameter count compiles"
	grep -q '^families/sample.yaml:171:.*parameters as published' log || { fail "the compiler's error is not at the family's line"; cat log; }
	# planted SED TEXT: the compiler refuses it, at a line of the family's file and with this text
	planted() {
		sed "$1" one > wrong
		cmp -s one wrong && fail "'$1' changes nothing"
		cc -std=gnu17 -I"$here" -fsyntax-only -x c wrong > log 2>&1 && fail "'$1' compiles"
		grep -q "^families/sample.yaml:[0-9]*:.*$2" log || { fail "'$1': no error with '$2' at the family's line"; cat log; }
	}
	planted 's/<= 1000000000ull && 1000000000ull <= 10000000000000ull/<= 100ull \&\& 100ull <= 10000000000000ull/' 'norm_eps in 1e-15 in bounds, ALG-009, RB-002'
	planted 's/1000ull <= 10000000ull/1000ull <= 10ull/' 'rope_theta in 0.001 in bounds, ALG-007, RB-001'
	planted 's/1ull <= 10ull && 10ull/1ull <= 0ull \&\& 0ull/' 'n_vocab in bounds, ALG-005, UB-005'
	planted 's/ sample_gguf_of_decay = [0-9]*,//' 'sample_gguf_of_decay'
	planted 's/sample_gguf_is_blk_2e_7blayer_7d_2essm__a =/sample_gguf_is_output_2eweight =/' 'sample_gguf_is_output_2eweight'
fi
echo "$rows rows, $bad failed"
[ $bad -eq 0 ]
