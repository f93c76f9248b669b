// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

/// A dollar token for tests: ERC-20 as far as transfers go, and what is done around real ones.
contract Dollar {
    string public constant symbol = "USDT";
    uint8 public immutable decimals;
    mapping(address => uint256) public balanceOf;
    event Transfer(address indexed from, address indexed to, uint256 value);

    constructor(uint8 decimals_) {
        decimals = decimals_;
        balanceOf[msg.sender] = 1e36;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        move(msg.sender, to, value);
        return true;
    }

    /// Nobody needs an allowance over nothing: how "address poisoning" fills wallets' histories.
    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        require(value == 0, "no allowance");
        move(from, to, value);
        return true;
    }

    function payAll(address payable[] calldata to, uint256[] calldata value) external {
        for (uint256 i = 0; i < to.length; i++) move(msg.sender, to[i], value[i]);
    }

    function payAndFail(address payable to, uint256 value) external {
        move(msg.sender, to, value);
        revert("taken back");
    }

    function move(address from, address to, uint256 value) private {
        balanceOf[from] -= value;
        balanceOf[to] += value;
        emit Transfer(from, to, value);
    }
}
